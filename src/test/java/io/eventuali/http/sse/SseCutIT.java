package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.LogClient;
import io.eventuali.support.SmallBuffers;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseParser;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G6 to the byte: wherever a connection breaks, resuming with the id read so far gives exactly the rest. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SseCutIT {
    private static final int FRAMES = 200;

    @TestHTTPResource
    URI base;

    private final String wanted = "Wanted-" + UUID.randomUUID();
    private LogClient log;
    private long start;

    @Test
    void a_stream_cut_at_any_byte_goes_on_with_exactly_the_rest() {
        log = new LogClient(base);
        start = log.head();
        byte[] recording = record();
        List<SseFrame> frames = SseParser.parse(recording);
        assertThat(frames).hasSizeGreaterThanOrEqualTo(FRAMES);
        assertThat(frames)
                .extracting(frame -> frame.isLogEvent() ? "event" : frame.event())
                .contains("subscribed", "event", "caught-up", "checkpoint")
                .endsWith("closing");
        List<SseFrame> everything = eventsOf(frames);
        assertThat(everything).hasSizeGreaterThan(100);

        Map<String, List<SseFrame>> rests = new HashMap<>();
        SseParser parser = new SseParser();
        List<SseFrame> seen = new ArrayList<>();
        for (int cut = 0; cut <= recording.length; cut++) {
            if (cut > 0) {
                seen.addAll(eventsOf(parser.feed(recording, cut - 1, 1)));
            }
            List<SseFrame> rest = rests.computeIfAbsent(parser.lastEventId(), this::resume);

            assertThat(seen.size() + rest.size())
                    .as("events before and after a cut at byte %d, resumed from '%s'", cut, parser.lastEventId())
                    .isEqualTo(everything.size());
            assertThat(rest)
                    .as("after a cut at byte %d, resumed from '%s'", cut, parser.lastEventId())
                    .isEqualTo(everything.subList(seen.size(), everything.size()));
        }
    }

    /** Follows the log through catch-up, live and heartbeats until an operator ends it. */
    private byte[] record() {
        String id = "cut-" + UUID.randomUUID();
        append(30);
        try (SseProbe probe = log.follow("id=" + id + "&" + query()).recording().open()) {
            probe.await("caught-up");
            // The heartbeat: while events keep coming there is no need for a checkpoint.
            probe.await("checkpoint");
            while (probe.frameCount() < FRAMES - 1) {
                int before = probe.frameCount();
                append(5);
                probe.await("more frames", p -> p.frameCount() > before);
            }
            log.removeSubscription(id);
            probe.awaitEnd();
            assertThat(probe.failure()).isNull();
            return probe.recording();
        }
    }

    /** What is wanted, between runs of what is not that are long enough for a checkpoint. */
    private void append(int count) {
        for (int i = 0; i < count; i++) {
            log.append(wanted, "1", LogClient.event("Said", "\"é€𝄞 " + i + "\""));
            if (i % 5 == 0) {
                log.append(
                        "Unwanted",
                        "1",
                        Collections.nCopies(SmallBuffers.CHECKPOINT_EVENTS + 2, LogClient.event("Said", "0")));
            }
        }
    }

    private List<SseFrame> resume(String lastEventId) {
        long head = log.head();
        try (SseProbe probe = log.follow(query()).lastEventId(lastEventId).open()) {
            probe.await(
                    "everything up to the head",
                    p -> !p.lastEventId().isEmpty() && Long.parseLong(p.lastEventId()) >= head);
            return eventsOf(probe.frames());
        }
    }

    private String query() {
        return "aggregateType=" + wanted + "&from=" + start;
    }

    /** The events alone, without what depends on the connection. */
    private static List<SseFrame> eventsOf(List<SseFrame> frames) {
        return frames.stream()
                .filter(SseFrame::isLogEvent)
                .map(frame -> new SseFrame(frame.event(), frame.id(), frame.data(), frame.retry(), frame.id()))
                .toList();
    }
}
