package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RecentPositionsTest {
    private static final int CAPACITY = 32;

    @Test
    void it_answers_like_a_list_that_is_cut_at_its_capacity() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        RecentPositions positions = new RecentPositions(CAPACITY);
        List<Long> model = new ArrayList<>();
        long position = 0;
        for (int step = 0; step < 5_000; step++) {
            position += 1 + random.nextInt(3);
            long forgotten = positions.add(position);
            model.add(position);
            assertThat(forgotten).as("%s", seed).isEqualTo(model.size() > CAPACITY ? model.remove(0) : 0L);
            if (random.nextInt(200) == 0) {
                positions.clear();
                model.clear();
            }

            long after = position - random.nextInt(2 * CAPACITY);
            assertThat(positions.after(after))
                    .as("%s", seed)
                    .isEqualTo(model.stream()
                            .mapToLong(p -> p)
                            .filter(p -> p > after)
                            .toArray());
        }
    }
}
