package io.eventuali.store.postgres;

import static io.eventuali.store.postgres.Appends.events;
import static io.eventuali.store.postgres.Appends.id;
import static io.eventuali.store.postgres.Appends.pending;
import static io.eventuali.store.postgres.Appends.run;
import static io.eventuali.store.postgres.Appends.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStoreException.EventIdConflict;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G4: the same ids with the same content give the first result, anything else is a conflict. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ReplayCheckTest {
    private final Map<UUID, StreamEvent> log = new HashMap<>();

    @Test
    void a_request_whose_ids_are_new_is_no_replay() {
        assertThat(ReplayCheck.firstResult(pending(run("a", ExpectedPosition.ANY, events(1))), log))
                .isEmpty();
    }

    @Test
    void the_same_request_again_gives_the_first_result_whatever_it_expects_now() {
        stored(1, 41, 5, "a", "{\"n\":1}");
        stored(2, 42, 6, "a", "{\"n\":2}");

        AppendResult result = ReplayCheck.firstResult(pending(run("a", ExpectedPosition.at(4), events(1, 2))), log)
                .orElseThrow();

        assertThat(result.replayed()).isTrue();
        assertThat(result.streams())
                .containsExactly(new AppendResult.StreamResult(stream("a"), 6, 41, 42, List.of(id(1), id(2))));
    }

    @Test
    void every_stream_of_a_request_is_given_its_first_result() {
        stored(1, 41, 5, "a", "{\"n\":1}");
        stored(2, 42, 1, "b", "{\"n\":2}");
        var request = pending(run("a", ExpectedPosition.ANY, events(1)), run("b", ExpectedPosition.ANY, events(2)));

        AppendResult result = ReplayCheck.firstResult(request, log).orElseThrow();

        assertThat(result.firstGlobalPosition()).isEqualTo(41);
        assertThat(result.lastGlobalPosition()).isEqualTo(42);
        assertThat(result.streams().get(1).streamPosition()).isEqualTo(1);
    }

    @Test
    void keys_in_another_order_and_other_white_space_are_the_same_content() {
        stored(1, 41, 5, "a", "{\"x\":1, \"y\":[true]}");
        var retry = NewEvent.of("OrderPlaced", "{\"y\":[ true ],\"x\":1}").withId(id(1));

        assertThat(ReplayCheck.firstResult(pending(run("a", ExpectedPosition.ANY, List.of(retry))), log))
                .isPresent();
    }

    @Test
    void the_same_id_with_other_content_is_refused() {
        stored(1, 41, 5, "a", "{\"n\":1}");

        refused(run(
                "a",
                ExpectedPosition.ANY,
                List.of(NewEvent.of("OrderPlaced", "{\"n\":2}").withId(id(1)))));
        refused(run(
                "a",
                ExpectedPosition.ANY,
                List.of(NewEvent.of("OrderShipped", "{\"n\":1}").withId(id(1)))));
        refused(run("b", ExpectedPosition.ANY, events(1)));
        refused(run("a", ExpectedPosition.ANY, List.of(events(1).get(0).withMetadata("{\"k\":1}"))));
    }

    @Test
    void numbers_of_the_same_value_are_the_same_content_however_they_are_written() {
        for (List<String> pair : List.of(
                List.of("1", "1.0"),
                List.of("1.0", "1"),
                List.of("1.10", "1.1"),
                List.of("1e2", "100"),
                List.of("-0", "0.00"),
                List.of("0e5", "0"),
                List.of("0.00012", "1.2E-4"),
                List.of("1e999999999", "10e999999998"),
                List.of("-1e-999999999", "-0.1e-999999998"),
                List.of("9".repeat(900) + "e5", "9".repeat(900) + "00000.0"),
                List.of("{\"a\":[1,{\"b\":2.50}]}", "{\"a\":[1.0,{\"b\":25e-1}]}"))) {
            stored(1, 41, 5, "a", pair.get(0));
            var retry = NewEvent.of("OrderPlaced", pair.get(1)).withId(id(1));

            assertThat(ReplayCheck.firstResult(pending(run("a", ExpectedPosition.ANY, List.of(retry))), log))
                    .as("%s", pair)
                    .isPresent();
        }
    }

    @Test
    void what_is_another_value_or_cannot_be_read_is_other_content() {
        for (List<String> pair : List.of(
                List.of("0", "0e99999999999"),
                List.of("0e99999999999", "0"),
                List.of("1e2147483648", "10e2147483647"),
                List.of("1e999999999", "1e999999998"),
                List.of("1", "\"1\""),
                List.of("true", "\"true\""),
                List.of("null", "\"VALUE_NULL\""),
                List.of("1", "-1"),
                List.of("[]", "{}"),
                List.of("{\"a\":1,\"a\":2}", "{\"a\":2}"),
                List.of("1", "{\"a\""))) {
            stored(1, 41, 5, "a", pair.get(0));

            refused(run(
                    "a",
                    ExpectedPosition.ANY,
                    List.of(NewEvent.of("OrderPlaced", pair.get(1)).withId(id(1)))));
        }
    }

    @Test
    void numbers_that_only_a_double_would_confuse_are_other_content() {
        stored(1, 41, 5, "a", "12345678901234567890");
        var retry = NewEvent.of("OrderPlaced", "12345678901234567891").withId(id(1));

        refused(run("a", ExpectedPosition.ANY, List.of(retry)));
    }

    @Test
    void a_request_of_which_the_log_has_only_a_part_is_refused() {
        stored(1, 41, 5, "a", "{\"n\":1}");

        refused(run("a", ExpectedPosition.ANY, events(1, 2)));
        refused(run("a", ExpectedPosition.ANY, events(2, 1)));
    }

    @Test
    void events_that_were_not_stored_together_are_refused() {
        stored(1, 41, 5, "a", "{\"n\":1}");
        stored(2, 43, 6, "a", "{\"n\":2}");

        refused(run("a", ExpectedPosition.ANY, events(1, 2)));
    }

    @Test
    void an_idempotency_key_that_was_used_for_a_longer_request_is_refused() {
        stored(1, 41, 5, "a", "{\"n\":1}");
        stored(2, 42, 6, "a", "{\"n\":2}");
        var request = new AppendRequest(List.of(run("a", ExpectedPosition.ANY, events(1))), Optional.of(id(2)));

        assertThatThrownBy(() -> ReplayCheck.firstResult(new PendingAppend(request, new TimeOrderedIds(), 0, 0), log))
                .isInstanceOf(EventIdConflict.class)
                .hasMessageContaining("Idempotency-Key");
    }

    private void refused(AppendRequest.StreamAppend append) {
        assertThatThrownBy(() -> ReplayCheck.firstResult(pending(append), log)).isInstanceOf(EventIdConflict.class);
    }

    private void stored(long id, long globalPosition, long streamPosition, String stream, String data) {
        log.put(
                id(id),
                new StreamEvent(
                        globalPosition,
                        streamPosition,
                        id(id),
                        new StreamId("Order", stream),
                        "OrderPlaced",
                        Instant.EPOCH,
                        new JsonText(data),
                        JsonText.EMPTY_OBJECT));
    }
}
