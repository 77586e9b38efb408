package io.eventuali.saga;

/**
 * What a step does. It runs on a worker thread, so it may block.
 *
 * <p>It may be called several times: after a failure, a timeout, or when the replica that ran it died. The service that it calls
 * has to recognise a repetition by {@link StepContext#idempotencyKey()}.
 *
 * @param <D> the saga's data
 */
@FunctionalInterface
public interface SagaAction<D> {

    /**
     * Does it.
     *
     * @return the saga's data from now on; null leaves them as they are
     * @throws Exception if it failed. That means: without effect. Whoever cannot know throws an {@link OutcomeUnknownException};
     *     an {@link java.io.IOException} or a timeout among the causes says the same
     */
    D run(D data, StepContext context) throws Exception;
}
