package io.eventuali.saga;

/**
 * Undoes a step. It runs on a worker thread, so it may block, and may be called several times, like a {@link SagaAction}. When it
 * is not known whether the step had an effect, it is called to make sure that there is none: it has to bear that there was none.
 *
 * @param <D> the saga's data
 */
@FunctionalInterface
public interface SagaEffect<D> {

    /**
     * Undoes the step.
     *
     * @param data as they are now
     * @throws Exception if it failed; it is tried again
     */
    void run(D data, StepContext context) throws Exception;
}
