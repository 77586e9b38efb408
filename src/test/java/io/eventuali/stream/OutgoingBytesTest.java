package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.support.LogEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class OutgoingBytesTest {
    private static final long STALL = Duration.ofMinutes(5).toNanos();

    private final OutgoingBytes outgoing = new OutgoingBytes(10_000, 100);

    @Test
    void a_piece_counts_once_and_what_each_connection_copies_for_each() {
        Events piece = piece();

        assertThat(outgoing.hold(piece, 10, false)).isTrue();
        assertThat(outgoing.hold(piece, 10, false)).isTrue();
        assertThat(outgoing.bytes()).isEqualTo(piece.bytes() + 20);

        outgoing.release(piece, 10);
        outgoing.release(piece, 10);
        assertThat(outgoing.bytes()).isZero();
    }

    @Test
    void beyond_the_limit_only_small_pieces_go_out() {
        outgoing.take(9_990, false);

        assertThat(outgoing.take(101, false)).isFalse();
        assertThat(outgoing.take(100, false)).isTrue();
        assertThat(outgoing.bytes()).isEqualTo(10_090);
    }

    @Test
    void a_slow_connection_leaves_the_last_quarter_to_the_others() {
        outgoing.take(7_000, false);

        assertThat(outgoing.take(600, true)).isFalse();
        assertThat(outgoing.take(600, false)).isTrue();
    }

    @Test
    void what_is_alone_goes_out_whatever_its_size() {
        assertThat(outgoing.take(20_000, true)).isTrue();
        assertThat(outgoing.take(20_000, true)).isFalse();
    }

    @Test
    void who_waits_is_called_once_when_there_may_be_room() {
        List<String> called = new ArrayList<>();
        outgoing.take(10_000, false);
        outgoing.await(() -> called.add("first"));
        outgoing.await(() -> called.add("second"));
        outgoing.await(() -> called.add("third"));

        outgoing.give(5_000);
        assertThat(called).containsExactly("first", "second");
        assertThat(outgoing.waiting()).isEqualTo(1);

        outgoing.give(5_000);
        assertThat(called).containsExactly("first", "second", "third");
    }

    @Test
    void patience_shrinks_with_the_room_and_is_least_while_others_wait() {
        assertThat(outgoing.patience(STALL)).isEqualTo(STALL);
        outgoing.take(7_500, false);
        assertThat(Duration.ofNanos(outgoing.patience(STALL))).isEqualTo(Duration.ofSeconds(150));
        outgoing.take(2_500, false);
        assertThat(Duration.ofNanos(outgoing.patience(STALL))).isEqualTo(Duration.ofSeconds(2));

        outgoing.give(10_000);
        outgoing.await(() -> {});
        assertThat(Duration.ofNanos(outgoing.patience(STALL))).isEqualTo(Duration.ofSeconds(2));
    }

    private static Events piece() {
        return new Events(0, 1, List.of(new LogEntry(LogEvents.at(1, "Order", "order-1", "OrderPlaced"))), true);
    }
}
