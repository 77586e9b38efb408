package io.eventuali.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class EventJsonTest {
    @Test
    void what_was_written_is_read_with_the_text_it_had() {
        Seed seed = Seed.next();
        RandomJson json = new RandomJson(seed.random());
        for (int i = 1; i < 500; i++) {
            StreamEvent event = new StreamEvent(
                    i,
                    i,
                    UUID.randomUUID(),
                    new StreamId("Größe", "a/b"),
                    "T",
                    Instant.parse("2026-11-23T10:00:00.123456Z"),
                    new JsonText(json.value()),
                    new JsonText(json.object()));

            assertThat(EventJson.event(EventJson.bytes(event))).as("%s", seed).isEqualTo(event);
        }
    }

    @Test
    void something_else_is_refused() {
        assertThatThrownBy(() -> EventJson.event(new byte[] {'{', '}'})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> EventJson.event(new byte[] {'x'})).isInstanceOf(IllegalArgumentException.class);
    }
}
