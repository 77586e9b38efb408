package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RecentPositionsTest {
    private static final int CAPACITY = 32;
    private static final long WRITTEN = 2_000_000;

    @Test
    void it_answers_like_a_list_that_is_cut_at_its_capacity() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        RecentPositions positions = new RecentPositions(CAPACITY, 0);
        List<Long> model = new ArrayList<>();
        long floor = 0;
        long position = 0;
        for (int step = 0; step < 5_000; step++) {
            position += 1 + random.nextInt(3);
            positions.add(position);
            model.add(position);
            if (model.size() > CAPACITY) {
                floor = model.remove(0);
            }
            if (random.nextInt(200) == 0) {
                positions.startOver(position);
                model.clear();
                floor = position;
            }

            long after = position - random.nextInt(2 * CAPACITY);
            assertThat(positions.floor()).as("%s", seed).isEqualTo(floor);
            assertThat(positions.after(after))
                    .as("%s", seed)
                    .isEqualTo(
                            after < floor
                                    ? null
                                    : model.stream()
                                            .mapToLong(p -> p)
                                            .filter(p -> p > after)
                                            .toArray());
        }
    }

    @Test
    void a_reader_is_told_of_what_was_given_up_while_it_looked() throws Exception {
        RecentPositions positions = new RecentPositions(CAPACITY, 0);
        Thread writer = new Thread(() -> LongStream.rangeClosed(1, WRITTEN).forEach(positions::add));
        writer.start();

        // As a member of a group that always stands where the oldest is about to be given up.
        for (long at = 0; at < WRITTEN; at = positions.floor()) {
            long[] known = positions.after(at);
            if (known != null) {
                assertThat(known)
                        .isEqualTo(LongStream.rangeClosed(at + 1, at + known.length)
                                .toArray());
            }
            if (!writer.isAlive()) {
                break;
            }
        }
        writer.join();

        assertThat(positions.floor()).isEqualTo(WRITTEN - CAPACITY);
        assertThat(positions.after(WRITTEN - 1)).containsExactly(WRITTEN);
    }
}
