package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class WakeUpTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final WakeUp wakeUp = new WakeUp();

    @Test
    void a_ring_wakes_the_sleeper() {
        CompletableFuture<Void> sleeper = wakeUp.sleep(LONG).subscribeAsCompletionStage();
        assertThat(sleeper).isNotDone();

        wakeUp.ring();

        assertThat(sleeper).succeedsWithin(PATIENCE);
    }

    @Test
    void a_ring_that_finds_nobody_asleep_wakes_the_next_one_at_once_and_only_that_one() {
        wakeUp.ring();
        wakeUp.ring();

        assertThat(wakeUp.sleep(LONG).subscribeAsCompletionStage()).succeedsWithin(PATIENCE);
        assertThat(wakeUp.sleep(LONG).subscribeAsCompletionStage()).isNotDone();
    }

    @Test
    void nobody_sleeps_longer_than_he_wants_to() {
        assertThat(wakeUp.sleep(Duration.ofMillis(1)).subscribeAsCompletionStage())
                .succeedsWithin(PATIENCE);
    }
}
