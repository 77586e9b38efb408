package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class WaitingRecordsTest {
    private static final TopicPartition ONE = new TopicPartition("t", 1);
    private static final TopicPartition TWO = new TopicPartition("t", 2);

    private final WaitingRecords waiting = new WaitingRecords();

    @Test
    void what_lies_between_the_stored_offset_and_the_end_waits() {
        waiting.from(ONE, 10);
        waiting.ends(ONE, 15);
        waiting.from(TWO, 3);

        assertThat(waiting.records()).isEqualTo(5);

        waiting.ends(TWO, 4);
        waiting.from(ONE, 15);

        assertThat(waiting.records()).isEqualTo(1);
    }

    @Test
    void an_end_that_is_known_late_makes_no_less_than_nothing() {
        waiting.from(ONE, 21);
        waiting.ends(ONE, 10);

        assertThat(waiting.records()).isZero();
    }

    @Test
    void going_back_to_the_stored_offset_makes_what_was_read_wait_again() {
        waiting.ends(ONE, 20);
        waiting.from(ONE, 20);
        waiting.from(ONE, 12);

        assertThat(waiting.records()).isEqualTo(8);
    }

    @Test
    void partitions_of_others_do_not_count() {
        waiting.from(ONE, 0);
        waiting.ends(ONE, 9);
        waiting.assigned(List.of(TWO));

        assertThat(waiting.records()).isZero();
    }
}
