package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Which partition a key belongs to, and how far a key is. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PartitionTest {

    @Test
    void a_key_belongs_to_exactly_one_partition() {
        for (int count : List.of(1, 2, 3, 7, 64)) {
            for (String key :
                    List.of("", "a", "order-1", "ключ", UUID.randomUUID().toString())) {
                assertThat(IntStream.range(0, count).filter(index -> new Partition(index, count).holds(key)))
                        .hasSize(1);
            }
        }
    }

    /** Documents are stored by it: with another answer, an owner would not find those that are there. */
    @Test
    void which_one_that_is_never_changes() {
        assertThat(List.of("order-1", "order-2", "user-42"))
                .extracting(key -> Partition.indexOf(key, 8))
                .containsExactly(3, 2, 3);
    }

    @Test
    void keys_that_are_numbered_are_spread() {
        Map<Integer, Integer> keys = new HashMap<>();
        for (int i = 0; i < 8_000; i++) {
            keys.merge(Partition.indexOf("order-" + i, 8), 1, Integer::sum);
        }

        assertThat(keys.values()).hasSize(8).allSatisfy(count -> assertThat(count)
                .isBetween(800, 1_200));
    }

    @Test
    void a_key_is_as_far_as_its_partition_and_all_keys_as_far_as_the_last_one() {
        int own = Partition.indexOf("order-1", 2);
        Checkpoints checkpoints = new Checkpoints(own == 0 ? List.of(7L, 3L) : List.of(3L, 7L));

        assertThat(checkpoints.of("order-1")).isEqualTo(7);
        assertThat(checkpoints.least()).isEqualTo(3);
        assertThat(checkpoints.isBeyond(Checkpoints.of(6), Set.of("order-1"))).isTrue();
        assertThat(checkpoints.isBeyond(Checkpoints.of(7), Set.of("order-1"))).isFalse();
        assertThat(new Checkpoints(List.of()).least()).isEqualTo(Checkpoints.UNKNOWN);
    }

    @Test
    void only_documents_in_the_database_are_split() {
        ProjectionEngine.checkPartitions(new Ledger(), 64);

        assertThatThrownBy(() -> ProjectionEngine.checkPartitions(new Ledger(), 65))
                .hasMessageContaining("ledger")
                .hasMessageContaining("1 to 64");
        assertThatThrownBy(() -> ProjectionEngine.checkPartitions(new HeapCounts(), 2))
                .hasMessageContaining("heap-counts");
        assertThatThrownBy(() -> ProjectionEngine.checkPartitions(new SeatPlan(), 2))
                .hasMessageContaining(SeatPlan.NAME);
    }
}
