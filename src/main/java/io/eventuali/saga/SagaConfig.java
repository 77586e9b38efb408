package io.eventuali.saga;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Sizes and times of sagas. */
@ConfigMapping(prefix = "eventuali.saga")
interface SagaConfig {
    /** Sagas that this replica runs at the same time. One that waits for a retry or an event is not counted. */
    @WithDefault("128")
    int concurrency();

    /** How often to look for timers that are due and for sagas that nobody runs. */
    @WithDefault("200ms")
    Duration poll();

    /** How long one attempt of an action or a compensation may take, unless the step says otherwise. */
    @WithDefault("30s")
    Duration stepTimeout();

    /** How long the steps of a saga may take in all, unless the saga says otherwise. */
    @WithDefault("30m")
    Duration deadline();

    /** How long a finished saga can be listed. Its events stay. */
    @WithDefault("30d")
    Duration retention();

    /** How often and how soon what failed is tried again, unless the step says otherwise. */
    Retry retry();

    /** How often and how soon what failed is tried again. */
    interface Retry {
        /** Times that an action is tried again. */
        @WithDefault("0")
        int attempts();

        /** Times that a compensation is tried again before an operator has to see to it. */
        @WithDefault("5")
        int compensationAttempts();

        /** Wait before the first of them; it doubles each time, and up to half of it is taken off at random. */
        @WithDefault("200ms")
        Duration delay();

        /** The longest wait between two attempts. */
        @WithDefault("30s")
        Duration maxDelay();
    }
}
