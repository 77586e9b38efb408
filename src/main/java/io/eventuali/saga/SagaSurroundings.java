package io.eventuali.saga;

/**
 * What all sagas of a replica share.
 *
 * @param workers whose threads decide and act
 */
record SagaSurroundings(
        SagaLog log, SagaRegistry registry, SagaClock clock, SagaMeters meters, SagaWorkers workers, StepTrace trace) {}
