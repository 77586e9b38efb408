package com.example.shop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStore.Direction;
import io.eventuali.store.StreamPage;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Events of the shop as records, on a store that holds them as JSON. The name of a record is the type of its event. */
@ApplicationScoped
public class EventLog {
    private static final int PAGE = 500;

    private final EventStore store;
    private final ObjectMapper json;

    EventLog(EventStore store, ObjectMapper json) {
        this.store = store;
        this.json = json;
    }

    /** An event of this record. */
    public NewEvent event(Record payload) {
        try {
            return NewEvent.of(payload.getClass().getSimpleName(), json.writeValueAsString(payload));
        } catch (JsonProcessingException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    /** The data of an event as a record. */
    public <P extends Record> P payload(StreamEvent event, Class<P> type) {
        try {
            return json.readValue(event.data().text(), type);
        } catch (JsonProcessingException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Appends to one stream, if it is where it is expected; the failures are those of the store, and {@link Failures} tells them. */
    public Uni<AppendResult> append(StreamId stream, ExpectedPosition expected, NewEvent... events) {
        return store.append(AppendRequest.to(stream, expected, List.of(events)));
    }

    /** The whole stream; empty if it does not exist. */
    public Uni<List<StreamEvent>> read(StreamId stream) {
        return read(stream, 1, new ArrayList<>());
    }

    private Uni<List<StreamEvent>> read(StreamId stream, long from, List<StreamEvent> events) {
        return store.readStream(stream, from, PAGE, Direction.FORWARD).chain(page -> {
            page.map(StreamPage::events).ifPresent(events::addAll);
            Optional<Long> next = page.flatMap(
                    found -> found.next().isPresent() ? Optional.of(found.next().getAsLong()) : Optional.empty());
            return next.isPresent()
                    ? read(stream, next.get(), events)
                    : Uni.createFrom().item(events);
        });
    }
}
