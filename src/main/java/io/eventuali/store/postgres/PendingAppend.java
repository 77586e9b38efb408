package io.eventuali.store.postgres;

import io.eventuali.event.NewEvent;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * One request on its way through the queue, with an id for each of its events and the promise its caller waits for. Not final: a
 * test has one that throws.
 */
class PendingAppend {
    private final AppendRequest request;
    private final List<UUID> eventIds;
    private final List<UUID> clientIds;
    private final long bytes;
    private final long deadlineNanos;
    private final CompletableFuture<AppendResult> outcome = new CompletableFuture<>();

    PendingAppend(AppendRequest request, TimeOrderedIds ids, long bytes, long deadlineNanos) {
        this.request = request;
        this.bytes = bytes;
        this.deadlineNanos = deadlineNanos;
        this.eventIds = new ArrayList<>(request.eventCount());
        this.clientIds = new ArrayList<>();
        for (AppendRequest.StreamAppend append : request.appends()) {
            for (NewEvent event : append.events()) {
                event.eventId().ifPresent(clientIds::add);
                eventIds.add(event.eventId().orElseGet(ids::next));
            }
        }
    }

    AppendRequest request() {
        return request;
    }

    /** Ids of all events, in the request's order. */
    List<UUID> eventIds() {
        return eventIds;
    }

    /** Those ids that the client chose: only they can be in the log already. */
    List<UUID> clientIds() {
        return clientIds;
    }

    int eventCount() {
        return eventIds.size();
    }

    long bytes() {
        return bytes;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    CompletableFuture<AppendResult> outcome() {
        return outcome;
    }
}
