package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The tests' own reader of event streams has to be right before it can judge others. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SseParserTest {
    private static final String STREAM = "retry: 20\nevent: subscribed\nid: 7\ndata: {}\n\n"
            + "id: 8\ndata: grüße 𝄞\n\n"
            + ": a comment\n\n"
            + "event: checkpoint\nid: 9\ndata:\n\n"
            + "data: one\ndata: two\n\n"
            + "id: 10\ndata: unfinished\n";

    @Test
    void blocks_become_frames_and_an_unfinished_one_is_dropped() {
        assertThat(SseParser.parse(bytes(STREAM)))
                .containsExactly(
                        new SseFrame("subscribed", "7", "{}", 20, "7"),
                        new SseFrame("message", "8", "grüße 𝄞", -1, "8"),
                        new SseFrame("checkpoint", "9", "", -1, "9"),
                        new SseFrame("message", null, "one\ntwo", -1, "9"));
    }

    @Test
    void pieces_of_any_size_give_the_same_frames() {
        byte[] bytes = bytes(STREAM);
        for (int size = 1; size < 20; size++) {
            SseParser parser = new SseParser();
            List<SseFrame> frames = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += size) {
                frames.addAll(parser.feed(bytes, at, Math.min(size, bytes.length - at)));
            }
            assertThat(frames).isEqualTo(SseParser.parse(bytes));
        }
    }

    @Test
    void what_eventuali_must_never_send_is_refused() {
        for (String bad : List.of("data: a\r\n\n", "dta: a\n\n", "id: x\n\n", "id:\n\n")) {
            assertThatThrownBy(() -> SseParser.parse(bytes(bad))).isInstanceOf(IllegalStateException.class);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
