package io.eventuali.store.postgres;

import io.eventuali.store.EventStoreException;
import io.eventuali.store.StoreConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Requests waiting to be written, in order of arrival. Bounded in requests and bytes; safe for any number of threads. */
final class AppendQueue {
    private final Deque<PendingAppend> waiting = new ArrayDeque<>();
    private final StoreConfig.Append config;
    private final long maxBytes;
    private final long batchBytes;
    private long bytes;

    AppendQueue(StoreConfig.Append config) {
        this.config = config;
        this.maxBytes = config.queueBytes().asLongValue();
        this.batchBytes = config.batchBytes().asLongValue();
    }

    /** @throws EventStoreException.Overloaded if there is no room */
    synchronized void offer(PendingAppend append) {
        if (waiting.size() >= config.queueRequests() || (bytes + append.bytes() > maxBytes && !waiting.isEmpty())) {
            throw new EventStoreException.Overloaded(
                    "the append queue is full (%d requests, %d bytes of JSON wait); nothing was written"
                            .formatted(waiting.size(), bytes),
                    config.retryAfter());
        }
        waiting.addLast(append);
        bytes += append.bytes();
    }

    /**
     * Takes what one transaction is to write. A request that repeats an event id of the batch waits for the next one, where
     * the database answers for it.
     */
    synchronized List<PendingAppend> takeBatch() {
        List<PendingAppend> batch = new ArrayList<>();
        Set<UUID> ids = new HashSet<>();
        int events = 0;
        long size = 0;
        while (!waiting.isEmpty()) {
            PendingAppend next = waiting.peekFirst();
            boolean full = events + next.eventCount() > config.batchEvents() || size + next.bytes() > batchBytes;
            if (!batch.isEmpty() && (full || repeats(ids, next))) {
                break;
            }
            ids.addAll(next.clientIds());
            batch.add(remove());
            events += next.eventCount();
            size += next.bytes();
        }
        return batch;
    }

    /** Takes the requests whose time is up. */
    synchronized List<PendingAppend> takeExpired(long nowNanos) {
        List<PendingAppend> expired = new ArrayList<>();
        while (!waiting.isEmpty() && waiting.peekFirst().deadlineNanos() - nowNanos <= 0) {
            expired.add(remove());
        }
        return expired;
    }

    synchronized int size() {
        return waiting.size();
    }

    synchronized long bytes() {
        return bytes;
    }

    private PendingAppend remove() {
        PendingAppend first = waiting.removeFirst();
        bytes -= first.bytes();
        return first;
    }

    private static boolean repeats(Set<UUID> ids, PendingAppend append) {
        return append.clientIds().stream().anyMatch(ids::contains);
    }
}
