package io.eventuali.store.postgres;

import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
import io.eventuali.store.AppendResult.StreamResult;
import io.eventuali.store.EventStoreException.EventIdConflict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Tells a retry of an append (G4) from the misuse of an event id. */
final class ReplayCheck {
    /** A retry is another request, and so may be part of another trace. */
    private static final Set<String> TRACE_CONTEXT = Set.of("traceparent", "tracestate");

    private ReplayCheck() {}

    /**
     * The first result of a request whose event ids are in the log.
     *
     * @param stored the events of the log that have one of the request's ids
     * @return empty if none of the ids is in the log
     * @throws EventIdConflict if only some are, or one has other content
     */
    static Optional<AppendResult> firstResult(PendingAppend pending, Map<UUID, StreamEvent> stored) {
        Optional<UUID> reused = pending.request().nextDerivedId().filter(stored::containsKey);
        if (reused.isPresent()) {
            throw new EventIdConflict(reused.get(), "belongs to an earlier, longer request with this Idempotency-Key");
        }
        Optional<UUID> known =
                pending.eventIds().stream().filter(stored::containsKey).findFirst();
        if (known.isEmpty()) {
            return Optional.empty();
        }
        List<StreamResult> streams = new ArrayList<>();
        int nth = 0;
        for (StreamAppend append : pending.request().appends()) {
            List<UUID> ids =
                    pending.eventIds().subList(nth, nth + append.events().size());
            StreamEvent first = null;
            StreamEvent last = null;
            for (NewEvent event : append.events()) {
                UUID id = pending.eventIds().get(nth++);
                StreamEvent before = stored.get(id);
                if (before == null) {
                    throw conflict(
                            known.get(),
                            "is in the log already, but " + id + " of the same request is not",
                            pending,
                            stored);
                }
                if (last != null && before.globalPosition() != last.globalPosition() + 1) {
                    throw conflict(id, "is in the log already, in another request", pending, stored);
                }
                if (!same(append.stream(), event, before)) {
                    throw conflict(id, "is in the log already with other content", pending, stored);
                }
                first = first == null ? before : first;
                last = before;
            }
            if (last != null) {
                streams.add(new StreamResult(
                        append.stream(), last.streamPosition(), first.globalPosition(), last.globalPosition(), ids));
            }
        }
        return Optional.of(new AppendResult(streams, true));
    }

    private static EventIdConflict conflict(
            UUID id, String detail, PendingAppend pending, Map<UUID, StreamEvent> stored) {
        return new EventIdConflict(
                id,
                detail,
                pending.eventIds().stream()
                        .map(stored::get)
                        .filter(Objects::nonNull)
                        .map(event -> new EventIdConflict.Place(
                                event.eventId(), event.streamId(), event.streamPosition(), event.eventType()))
                        .toList());
    }

    private static boolean same(StreamId stream, NewEvent event, StreamEvent stored) {
        return stored.streamId().equals(stream)
                && stored.eventType().equals(event.eventType())
                && same(stored.data(), event.data(), Set.of())
                && same(stored.metadata(), event.metadata(), TRACE_CONTEXT);
    }

    /** A client that builds its JSON anew for a retry may order the keys otherwise; that is still the same content. */
    private static boolean same(JsonText stored, JsonText sent, Set<String> except) {
        return stored.equals(sent) || JsonContent.same(stored.text(), sent.text(), except);
    }
}
