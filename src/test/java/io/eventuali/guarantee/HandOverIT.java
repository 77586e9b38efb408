package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.Position;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.ReceiverSignal;
import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.Subscription;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G6 at its narrowest place: the splice between pages of history and the live buffer, with writers running through it. */
@QuarkusTest
@TestProfile(HandOverIT.TinyBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class HandOverIT {
    private static final int CROSSINGS = 1_000;
    private static final int WRITERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    EventStore store;

    @Inject
    EventStreamer streamer;

    @Test
    void a_subscriber_crosses_from_history_to_live_1000_times_without_a_gap_or_a_repetition() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Void>> writers = IntStream.range(0, WRITERS)
                .mapToObj(writer ->
                        CompletableFuture.runAsync(() -> write(writer, stop), task -> new Thread(task).start()))
                .toList();
        try {
            int crossings = 0;
            while (crossings < CROSSINGS) {
                long start = Math.max(0, streamer.globalPosition() - random.nextInt(60));
                crossings += cross(start, 1 + random.nextInt(20), seed);
            }
        } finally {
            stop.set(true);
            writers.forEach(CompletableFuture::join);
        }
    }

    /** Follows from a position until so many events came after the hand-over; returns how often it was crossed. */
    private int cross(long start, int liveEvents, long seed) {
        Subscription subscription =
                Subscription.builder().from(new Position(start)).build();
        List<Long> seen = new ArrayList<>();
        int[] crossings = {0};
        int[] live = {0};
        streamer.subscribe(subscription)
                .signals()
                .onItem()
                .invoke(signal -> note(signal, seen, crossings, live))
                .select()
                .first(signal -> live[0] < liveEvents)
                .collect()
                .last()
                .await()
                .atMost(PATIENCE);

        assertThat(seen)
                .as("after %d, seed %d", start, seed)
                .containsExactlyElementsOf(LongStream.rangeClosed(start + 1, start + seen.size())
                        .boxed()
                        .toList());
        return crossings[0];
    }

    private static void note(ReceiverSignal signal, List<Long> seen, int[] crossings, int[] live) {
        if (signal instanceof CaughtUp) {
            crossings[0]++;
        } else if (signal instanceof Events events) {
            events.entries().forEach(entry -> seen.add(entry.event().globalPosition()));
            live[0] += crossings[0] > 0 ? events.entries().size() : 0;
        }
    }

    private void write(int writer, AtomicBoolean stop) {
        StreamId stream = new StreamId("HandOver", "writer-" + writer);
        while (!stop.get()) {
            store.append(AppendRequest.to(
                            stream,
                            ExpectedPosition.ANY,
                            List.of(NewEvent.of("Written", "1"), NewEvent.of("Written", "2"))))
                    .await()
                    .atMost(PATIENCE);
        }
    }

    /** So small that a subscriber can hardly stay on them. */
    public static class TinyBuffers implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "eventuali.streamer.capacity", "8",
                    "eventuali.store.read.page-events", "8",
                    "eventuali.subscription.batch-events", "3");
        }
    }
}
