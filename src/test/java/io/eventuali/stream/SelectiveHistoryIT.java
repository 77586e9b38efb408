package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.EventStore;
import io.eventuali.support.Seed;
import io.eventuali.support.SmallBuffers;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What an index names, what the index of kinds names, and what a scan finds is the same, for any filter, grant and start, and goes on live. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SelectiveHistoryIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int RANGE = 4_096;
    private static final int FILTERS = 60;
    private static final List<String> EVENT_TYPES = List.of("Said", "SaidAgain", "Paid", "Left");

    @Inject
    EventStore store;

    @Inject
    EventStreamer streamer;

    @Inject
    LogScan scan;

    @Inject
    MeterRegistry meters;

    private final Seed seed = Seed.next();
    private final RandomGenerator random = seed.random();
    private final String prefix = "T" + UUID.randomUUID().toString().substring(0, 8);
    private long rare;

    @Test
    void indexed_and_scanning_reads_give_the_same_sequence_and_go_on_live() {
        long begin = head();
        IntStream.range(0, 2 * RANGE / 400 + 1).forEach(i -> append(400));
        await().atMost(PATIENCE)
                .until(() -> meters.get("eventuali.log.index.position").gauge().value() > head() - RANGE);
        List<StreamEvent> log = all();
        double indexed = answers("index");

        for (int round = 0; round < FILTERS; round++) {
            EventFilter filter = filter();
            long from = random.nextInt(3) == 0 ? begin : random.nextLong(log.size());
            List<Long> expected = accepted(log, filter, from);
            assertThat(paged(filter, from))
                    .as("page by page, %s of %s", filter, seed)
                    .isEqualTo(expected);
            assertThat(exported(filter, from, log.size()))
                    .as("%s of %s", filter, seed)
                    .isEqualTo(expected);
        }
        assertThat(answers("index") - indexed).isGreaterThan(FILTERS);

        List<Following> following = new ArrayList<>();
        for (int i = 0; i < FILTERS; i++) {
            EventFilter filter = filter();
            long from = random.nextLong(log.size());
            following.add(new Following(filter, from, follow(filter, from)));
            if (i % 10 == 9) {
                append(20);
            }
        }
        log = all();
        for (Following one : following) {
            List<Long> expected = accepted(log, one.filter(), one.from());
            one.subscriber().awaitItems(expected.size(), PATIENCE);
            assertThat(one.subscriber().getItems())
                    .as("followed %s of %s", one.filter(), seed)
                    .extracting(StreamEvent::globalPosition)
                    .isEqualTo(expected);
            one.subscriber().cancel();
        }
    }

    /** One type is dense, others come now and then, one is in bursts. */
    private void append(int events) {
        List<StreamAppend> appends = new ArrayList<>();
        boolean burst = random.nextInt(4) == 0;
        for (int i = 0; i < events; i++) {
            int dice = random.nextInt(100);
            String type = dice < 70
                    ? "Dense"
                    : dice < 90 ? "Some" : burst ? "Burst" : dice < 91 ? "Rare" + rare++ % 3 : "Other";
            String eventType = EVENT_TYPES.get(dice < 60 ? 0 : random.nextInt(EVENT_TYPES.size()));
            appends.add(new StreamAppend(
                    new StreamId(prefix + type, "a" + random.nextInt(dice < 50 ? 3 : 200)),
                    ExpectedPosition.ANY,
                    List.of(NewEvent.of(eventType, "{\"n\":" + i + "}"))));
        }
        store.append(new AppendRequest(appends, Optional.empty())).await().atMost(PATIENCE);
    }

    private EventFilter filter() {
        EventFilter filter =
                switch (random.nextInt(4)) {
                    case 0 -> new EventFilter(types(), ids(), List.of());
                    case 1 -> new EventFilter(List.of(), ids(), random.nextBoolean() ? List.of() : eventTypes());
                    case 2 -> new EventFilter(types(), List.of(), eventTypes());
                    default -> new EventFilter(random.nextBoolean() ? List.of() : types(), List.of(), eventTypes());
                };
        return random.nextInt(3) == 0 ? filter.within(new EventFilter(types(), List.of(), eventTypes())) : filter;
    }

    private List<NamePattern> types() {
        return some(List.of("Dense", "Some", "Burst", "Rare0", "Rare1", "Rare*", "*", "Not"), prefix);
    }

    private List<NamePattern> ids() {
        return some(List.of("a0", "a1", "a2", "a77", "a78", "a150", "a199", "not"), "");
    }

    private List<NamePattern> eventTypes() {
        return some(List.of("Said", "Said*", "Paid", "Left", "*ft", "Not"), "");
    }

    private List<NamePattern> some(List<String> names, String before) {
        return IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(i -> NamePattern.of(before + names.get(random.nextInt(names.size()))))
                .toList();
    }

    private static List<Long> accepted(List<StreamEvent> log, EventFilter filter, long from) {
        return log.stream()
                .filter(event -> event.globalPosition() > from && filter.accepts(event))
                .map(StreamEvent::globalPosition)
                .toList();
    }

    private List<StreamEvent> all() {
        List<StreamEvent> log = new ArrayList<>();
        long head = head();
        while (log.size() < head) {
            log.addAll(store.read(new Position(log.size()), 1_000)
                    .await()
                    .atMost(PATIENCE)
                    .events());
        }
        return log;
    }

    private List<Long> paged(EventFilter filter, long from) {
        List<Long> found = new ArrayList<>();
        long at = from;
        boolean more = true;
        while (more) {
            LogScan.Result page = scan.page(new Position(at), 1 + random.nextInt(200), filter)
                    .await()
                    .atMost(PATIENCE);
            page.events().forEach(event -> found.add(event.globalPosition()));
            at = page.examined();
            more = page.more();
        }
        return found;
    }

    private List<Long> exported(EventFilter filter, long from, long to) {
        return scan
                .export(new Position(from), new Position(to), filter, false)
                .collect()
                .asList()
                .await()
                .atMost(PATIENCE)
                .stream()
                .flatMap(List::stream)
                .map(StreamEvent::globalPosition)
                .toList();
    }

    private AssertSubscriber<StreamEvent> follow(EventFilter filter, long from) {
        Subscription subscription = new Subscription(
                UUID.randomUUID().toString(),
                filter,
                new SubscriptionStart.After(new Position(from)),
                0,
                false,
                Permission.UNLIMITED);
        return streamer.subscribe(subscription)
                .events()
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
    }

    private double answers(String answer) {
        return meters.get("eventuali.log.selections")
                .tag("answer", answer)
                .counter()
                .count();
    }

    private long head() {
        return store.head().await().atMost(PATIENCE).position();
    }

    private record Following(EventFilter filter, long from, AssertSubscriber<StreamEvent> subscriber) {}
}
