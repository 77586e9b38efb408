package io.eventuali.stream;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.OptionalInt;

/** Buffers and times of live delivery. */
@ConfigMapping(prefix = "eventuali")
public interface StreamConfig {

    /** What subscribers share. */
    Streamer streamer();

    /** What each subscriber gets. */
    SubscriptionLimits subscription();

    /** How subscribers leave a replica that stops. */
    Drain drain();

    /** Where the live tail gets what other replicas commit. */
    enum Tail {
        /** From the database, whose notifications are answered by a read. */
        POSTGRES,
        /** From a topic that holds the log; the database is read for what is missing there. */
        KAFKA
    }

    /** What subscribers share. */
    interface Streamer {
        /** Where the live tail gets what other replicas commit. */
        @WithDefault("postgres")
        Tail tail();

        /** Events in the live buffer. A subscriber further behind is served from the store. */
        @WithDefault("16384")
        int capacity();

        /** Bytes of memory for the live buffer; whichever limit is reached first holds. */
        @WithDefault("64M")
        MemorySize capacityBytes();

        /** Bytes of memory for pages of history that several subscribers read. */
        @WithDefault("64M")
        MemorySize cacheBytes();

        /** Bytes of memory for pieces that several subscribers of one filter get, their encoded form included. */
        @WithDefault("64M")
        MemorySize sharedBytes();

        /** Bytes of memory for what connections have not taken yet. Beyond it, readers wait without any, and stalled ones are closed sooner. */
        @WithDefault("64M")
        MemorySize outgoingBytes();
    }

    /** What each subscriber gets. */
    interface SubscriptionLimits {
        /** Places of one replica: subscribers, streams of documents and rebuilds, exports, waits. One more is asked to come back later. */
        @WithDefault("10000")
        int max();

        /** Places of one principal; half of all when not set. One more is asked to come back later. */
        OptionalInt maxPerPrincipal();

        /** Places of one client address. Behind a proxy that hides addresses, all have the proxy's. One more is asked to come back later. */
        @WithDefault("10000")
        int maxPerAddress();

        /** Places of one connection (HTTP/2 carries many). One more is asked to come back later. */
        @WithDefault("100")
        int maxPerConnection();

        /** Filter values of one subscription, all kinds together. */
        @WithDefault("100")
        int maxFilterValues();

        /** Events that are handed over in one piece, at most. */
        @WithDefault("512")
        int batchEvents();

        /** Bytes of JSON that are handed over in one piece (always at least one event): what a slow reader keeps in memory. */
        @WithDefault("48K")
        MemorySize batchBytes();

        /** A subscriber that got nothing for this long gets a checkpoint: the heartbeat. */
        @WithDefault("15s")
        Duration heartbeat();

        /** Events that a filter may drop in a row before a checkpoint says how far the subscription has looked. */
        @WithDefault("1000")
        int checkpointEvents();

        /** Aggregates whose latest events wait for the next update of a conflating subscriber, at most. */
        @WithDefault("10000")
        int conflateAggregates();

        /** A subscriber whose connection took no byte for this long, though some were waiting, is disconnected. */
        @WithDefault("5m")
        Duration stallTimeout();

        /** What a client is asked to wait before it reconnects; each connection gets its own value, between half and one and a half of this. */
        @WithDefault("2s")
        Duration retry();

        /** How long a subscription that an operator removed stays refused under its id. */
        @WithDefault("24h")
        Duration removalMemory();
    }

    /** How subscribers leave a replica that stops. */
    interface Drain {
        /** Over how long the subscribers of a replica that stops come back elsewhere; each is told its own moment. */
        @WithDefault("5s")
        Duration window();
    }
}
