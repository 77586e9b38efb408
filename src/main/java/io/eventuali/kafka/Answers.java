package io.eventuali.kafka;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.InterruptException;

/** Answers of the database, for the threads of Kafka's blocking clients. */
final class Answers {
    private Answers() {}

    /**
     * Waits for an answer.
     *
     * @throws RuntimeException what the answer failed with
     * @throws IllegalStateException if there was none in time
     * @throws InterruptException if this thread is to stop
     */
    static <T> T await(CompletableFuture<T> answer, Duration timeout) {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            throw new InterruptException(interrupted);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(failed.getCause());
        } catch (TimeoutException late) {
            throw new IllegalStateException("the database did not answer within " + timeout, late);
        }
    }
}
