package io.eventuali.store;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Limits and times of the store. */
@ConfigMapping(prefix = "eventuali.store")
public interface StoreConfig {

    /** Limits of one request. */
    Limits limits();

    /** How requests become transactions. */
    Append append();

    /** How the log is read. */
    Read read();

    /** Limits of one request. A request beyond one is refused and nothing of it is written. */
    interface Limits {
        /** Events in one request. */
        @WithDefault("1000")
        int requestEvents();

        /** Bytes of JSON text in one event's data, and in its metadata. */
        @WithDefault("1M")
        MemorySize eventBytes();

        /** Bytes of one request's body. Above it the connection is closed; keep {@code quarkus.http.limits.max-body-size} at or above it. */
        @WithDefault("16M")
        MemorySize requestBytes();

        /** Characters of an aggregate type, aggregate id or event type; at most 300. */
        @WithDefault("200")
        int nameLength();

        /** How deep JSON in data or metadata may nest. */
        @WithDefault("100")
        int jsonDepth();
    }

    /** How requests become transactions. */
    interface Append {
        /** Requests that may wait to be written; one more is answered with 429. */
        @WithDefault("10000")
        int queueRequests();

        /** Bytes of JSON text that may wait to be written; a request beyond is answered with 429. */
        @WithDefault("64M")
        MemorySize queueBytes();

        /** Events that one transaction takes from the queue (always at least one request). More raise throughput and latency. */
        @WithDefault("2000")
        int batchEvents();

        /** Bytes of JSON text that one transaction takes from the queue (always at least one request). */
        @WithDefault("4M")
        MemorySize batchBytes();

        /** How long an append may take, waiting included, before it is answered with 503. */
        @WithDefault("10s")
        Duration timeout();

        /** How long to wait for the head of the log before giving up: bounds what a frozen writer can do to others. Below {@code timeout}. */
        @WithDefault("5s")
        Duration lockTimeout();

        /** What a client that was answered 429 or 503 is asked to wait. */
        @WithDefault("1s")
        Duration retryAfter();
    }

    /** How the log is read. */
    interface Read {
        /** Events that one query returns. Pages of the cache have this size, so replicas of one release should agree on it. */
        @WithDefault("512")
        int pageEvents();

        /** Bytes of JSON text after which a page ends early (it always has at least one event). */
        @WithDefault("2M")
        MemorySize pageBytes();

        /** Events that one page request may ask for. */
        @WithDefault("1000")
        int maxLimit();

        /** How often to look for events of other replicas when no notification came. */
        @WithDefault("500ms")
        Duration pollInterval();

        /** How long a read may take before it fails. */
        @WithDefault("10s")
        Duration timeout();
    }
}
