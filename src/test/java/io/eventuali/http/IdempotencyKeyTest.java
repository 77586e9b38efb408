package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.secret.DerivedIds;
import io.eventuali.store.AppendRequest.StreamAppend;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class IdempotencyKeyTest {
    private static final byte[] SECRET = new byte[32];

    @Test
    void the_same_key_of_the_same_client_for_the_same_streams_gives_the_same_ids() {
        assertThat(ids("key", SECRET, "desk", "a"))
                .isEqualTo(ids("key", SECRET, "desk", "a"))
                .doesNotHaveDuplicates();
    }

    @Test
    void another_client_stream_or_key_gives_others() {
        List<UUID> ids = ids("key", SECRET, "desk", "a");

        assertThat(ids("key", SECRET, "shop", "a")).doesNotContainAnyElementsOf(ids);
        assertThat(ids("key", SECRET, "desk", "b")).doesNotContainAnyElementsOf(ids);
        assertThat(ids("other", SECRET, "desk", "a")).doesNotContainAnyElementsOf(ids);
    }

    @Test
    void whoever_does_not_know_the_secret_of_the_log_cannot_work_an_id_out() {
        byte[] another = new byte[32];
        another[31] = 1;

        assertThat(ids("key", another, "desk", "a")).doesNotContainAnyElementsOf(ids("key", SECRET, "desk", "a"));
    }

    @Test
    void an_id_is_a_uuid_of_version_8() {
        assertThat(ids("key", SECRET, "desk", "a")).allMatch(id -> id.version() == 8 && id.variant() == 2);
    }

    private static List<UUID> ids(String key, byte[] secret, String principal, String aggregateId) {
        var append = new StreamAppend(
                new StreamId("A", aggregateId),
                ExpectedPosition.ANY,
                List.of(NewEvent.of("E", "1"), NewEvent.of("E", "2")));
        return IdempotencyKey.apply(key, new DerivedIds(secret), principal, List.of(append)).appends().stream()
                .flatMap(one -> one.events().stream())
                .map(event -> event.eventId().orElseThrow())
                .toList();
    }
}
