package io.eventuali.store.postgres;

import static io.eventuali.store.postgres.Appends.events;
import static io.eventuali.store.postgres.Appends.id;
import static io.eventuali.store.postgres.Appends.pending;
import static io.eventuali.store.postgres.Appends.run;
import static io.eventuali.store.postgres.Appends.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogMark;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStoreException.SourceMoved;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.SourceStep;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AppendBatchTest {
    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");

    private final PendingAppend toOneStream = pending(run("a", ExpectedPosition.at(3), events(1, 2)));
    private final PendingAppend toTwoStreams =
            pending(run("b", ExpectedPosition.EMPTY, events(3)), run("a", ExpectedPosition.ANY, events(4, 5)));
    private final AppendBatch batch = new AppendBatch(List.of(toOneStream, toTwoStreams));

    @Test
    void requests_become_parallel_arrays_in_which_each_stream_is_named_once() {
        Tuple arguments = batch.arguments(LogMark.NONE);

        assertThat(arguments.size()).isEqualTo(13);
        assertThat(arguments.getArrayOfStrings(0)).as("stream types").containsExactly("Order", "Order");
        assertThat(arguments.getArrayOfStrings(1)).as("stream ids").containsExactly("a", "b");
        assertThat(arguments.getArrayOfIntegers(2)).as("request of each append").containsExactly(1, 2, 2);
        assertThat(arguments.getArrayOfIntegers(3)).as("stream of each append").containsExactly(1, 2, 1);
        assertThat(arguments.getArrayOfLongs(4)).as("expected").containsExactly(3L, 0L, -1L);
        assertThat(arguments.getArrayOfIntegers(5)).as("events of each append").containsExactly(2, 1, 2);
        assertThat(arguments.getArrayOfIntegers(6)).as("append of each event").containsExactly(1, 1, 2, 3, 3);
        assertThat(arguments.getArrayOfIntegers(7)).as("place in its append").containsExactly(1, 2, 1, 1, 2);
        assertThat(arguments.getArrayOfUUIDs(8)).containsExactly(id(1), id(2), id(3), id(4), id(5));
        assertThat(arguments.getArrayOfStrings(10)).contains("{\"n\":4}");
    }

    @Test
    void accepted_requests_get_consecutive_positions_in_order() {
        var outcome = batch.outcome(100, NOW, new Long[] {3L, 0L, 5L}, new Boolean[] {true, true, true});

        assertThat(outcome.written())
                .extracting(
                        StreamEvent::globalPosition,
                        StreamEvent::streamId,
                        StreamEvent::streamPosition,
                        StreamEvent::eventId)
                .containsExactly(
                        tuple(101, "a", 4, 1),
                        tuple(102, "a", 5, 2),
                        tuple(103, "b", 1, 3),
                        tuple(104, "a", 6, 4),
                        tuple(105, "a", 7, 5));
        assertThat(outcome.written()).extracting(StreamEvent::timestamp).containsOnly(NOW);
        var result = outcome.results().get(toTwoStreams);
        assertThat(result.replayed()).isFalse();
        assertThat(result.firstGlobalPosition()).isEqualTo(103);
        assertThat(result.lastGlobalPosition()).isEqualTo(105);
        assertThat(result.streams().get(1).streamPosition()).isEqualTo(7);
        assertThat(result.streams().get(1).eventIds()).containsExactly(id(4), id(5));
        assertThat(outcome.conflicts()).isEmpty();
    }

    @Test
    void a_refused_request_takes_no_position_and_its_neighbour_is_written() {
        var outcome = batch.outcome(100, NOW, new Long[] {9L, 0L, 9L}, new Boolean[] {false, true, true});

        assertThat(outcome.written()).extracting(StreamEvent::globalPosition).containsExactly(101L, 102L, 103L);
        assertThat(outcome.results()).containsOnlyKeys(toTwoStreams);
        var conflict = (VersionConflict) outcome.conflicts().get(toOneStream);
        assertThat(conflict.stream()).isEqualTo(stream("a"));
        assertThat(List.of(conflict.expected(), conflict.actual())).containsExactly(3L, 9L);
    }

    @Test
    void a_conflict_names_the_stream_of_the_request_whose_precondition_failed() {
        PendingAppend request =
                pending(run("a", ExpectedPosition.ANY, events(1)), run("b", ExpectedPosition.EMPTY, events(2)));

        var outcome =
                new AppendBatch(List.of(request)).outcome(100, NOW, new Long[] {4L, 2L}, new Boolean[] {false, false});

        assertThat(((VersionConflict) outcome.conflicts().get(request)).stream())
                .isEqualTo(stream("b"));
        assertThat(outcome.conflicts().get(request)).hasMessageContaining("expects no such stream");
        assertThat(outcome.written()).isEmpty();
    }

    @Test
    void a_request_whose_source_was_moved_is_refused_for_that() {
        PendingAppend request = new PendingAppend(
                new AppendRequest(
                        List.of(run("a", ExpectedPosition.ANY, events(1))),
                        Optional.empty(),
                        List.of(new SourceStep("t/0", 5, 6))),
                new TimeOrderedIds(),
                1,
                0);

        var outcome = new AppendBatch(List.of(request)).outcome(100, NOW, new Long[] {4L}, new Boolean[] {false});

        assertThat(outcome.conflicts().get(request))
                .isInstanceOf(SourceMoved.class)
                .hasMessageContaining("t/0");
    }

    private static org.assertj.core.groups.Tuple tuple(long global, String stream, long position, long id) {
        return org.assertj.core.groups.Tuple.tuple(global, stream(stream), position, id(id));
    }
}
