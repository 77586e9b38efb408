package io.eventuali.projection;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithDefaults;
import io.smallrye.config.WithParentName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Sizes and times of projections, each by its name. */
@ConfigMapping(prefix = "eventuali.projection")
interface ProjectionConfig {

    /** Settings by name of the projection; one that is not configured has the defaults. */
    @WithParentName
    @WithDefaults
    Map<String, Settings> byName();

    /** Settings of one projection. */
    interface Settings {
        /** Whether this replica runs it. */
        @WithDefault("true")
        boolean enabled();

        /** Into how many partitions the keys are split, for documents that begin from now on; when unset, what the projection says itself. */
        OptionalInt partitions();

        /** Events of one transaction at most: a document that many of them change is written once. */
        @WithDefault("65536")
        int batchEvents();

        /** How long events are gathered for one transaction while it catches up. */
        @WithDefault("1s")
        Duration batchTime();

        /** The least time from one transaction to the next while it follows the head of the log: events that come meanwhile share one. */
        @WithDefault("20ms")
        Duration checkpointInterval();

        /** How often and how soon an event is tried again. */
        Retry retry();

        /** What becomes of an event that cannot be handled; when unset, what the projection says itself. */
        Optional<PoisonPolicy> onPoison();

        /** Dead letters that may wait; one more stops the projection. */
        @WithDefault("10000")
        int maxDeadLetters();

        /** How long a handler may take for one event. */
        @WithDefault("30s")
        Duration handlerTimeout();

        /** Bytes of JSON in one document. */
        @WithDefault("1M")
        MemorySize stateBytes();

        /** Characters of JSON in a snapshot of a projection in memory; a larger one is not written. */
        @WithDefault("16M")
        MemorySize snapshotBytes();

        /** Memory for documents that need not be read again, and for those of one transaction, counted in characters of JSON. */
        @WithDefault("16M")
        MemorySize cacheBytes();
    }

    /** How often and how soon an event is tried again. */
    interface Retry {
        /** Times that an event is tried again after its handler failed. */
        @WithDefault("5")
        int attempts();

        /** Wait before the first of them; it doubles each time. */
        @WithDefault("100ms")
        Duration delay();

        /** The longest wait between two attempts, also while the database is away. */
        @WithDefault("5s")
        Duration maxDelay();
    }
}
