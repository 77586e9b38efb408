package io.eventuali.saga;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.secret.LogSecret;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStore.Direction;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.StreamPage;
import io.eventuali.store.engine.EngineStore;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The streams of sagas: what makes a saga, and the only place where what happens to it is decided between replicas (G3). */
@Singleton
class SagaLog {
    private static final int PAGE = 1_000;

    private final EventStore store;
    private final EngineStore engineStore;
    private final LogSecret secret;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    SagaLog(EventStore store, EngineStore engineStore, LogSecret secret) {
        this.store = store;
        this.engineStore = engineStore;
        this.secret = secret;
    }

    /** A saga as its stream tells; empty if it has none, or none that begins a saga. */
    Uni<Optional<SagaState>> load(String type, String sagaId) {
        return load(new SagaState(type, sagaId));
    }

    private Uni<Optional<SagaState>> load(SagaState state) {
        return store.readStream(state.stream(), state.position() + 1, PAGE, Direction.FORWARD)
                .chain(page -> {
                    if (page.isEmpty()) {
                        return Uni.createFrom().item(Optional.empty());
                    }
                    page.get().events().forEach(state::apply);
                    return page.get().next().isPresent()
                            ? load(state)
                            : Uni.createFrom().item(Optional.of(state).filter(SagaState::isStarted));
                });
    }

    /** What happened to a saga, oldest first; empty if it has no stream. */
    Uni<Optional<StreamPage>> timeline(String type, String sagaId, long from, int limit) {
        return store.readStream(SagaState.stream(type, sagaId), from, limit, Direction.FORWARD);
    }

    /** The event at a global position. */
    Uni<StreamEvent> event(long globalPosition) {
        return store.readEvent(globalPosition).map(Optional::orElseThrow);
    }

    /**
     * Appends the first event of a saga, unless that has been done.
     *
     * @return false if it was done before
     */
    Uni<Boolean> begin(String type, String sagaId, StartRequest request) {
        StreamId stream = SagaState.stream(type, sagaId);
        // One id for it, at whichever replica: it happens once, also where the stream holds what is no event of a saga.
        // Who could work
        // the id out could use it first, and so keep the saga from starting.
        UUID id = secret.ids(LogSecret.Use.SAGAS).of(stream.toString());
        NewEvent event = new NewEvent(
                Optional.of(id),
                request.started().type(),
                new JsonText(SagaJson.write(request.started())),
                new JsonText(SagaJson.metadata(request.correlationId(), request.causationId(), request.trace())));
        return engineStore
                .append(AppendRequest.to(stream, ExpectedPosition.ANY, List.of(event)), stream)
                .map(result -> !result.replayed())
                .onFailure(EventStoreException.EventIdConflict.class)
                .recoverWithItem(false);
    }

    /** Gets events ready to follow a state; the request can be repeated (G4). */
    Transition prepare(SagaState before, List<SagaEvent> events, List<StreamAppend> others) {
        List<NewEvent> following = new ArrayList<>();
        String cause = before.lastEventId().orElse(null);
        for (SagaEvent event : events) {
            UUID id = ids.generate();
            following.add(new NewEvent(
                    Optional.of(id),
                    event.type(),
                    new JsonText(SagaJson.write(event)),
                    new JsonText(SagaJson.metadata(before.correlationId(), cause, before.trace()))));
            cause = id.toString();
        }
        List<StreamAppend> appends = new ArrayList<>();
        appends.add(new StreamAppend(before.stream(), ExpectedPosition.at(before.position()), following));
        for (StreamAppend other : others) {
            appends.add(new StreamAppend(other.stream(), other.expected(), withIds(other.events())));
        }
        return new Transition(before.stream(), new AppendRequest(appends, Optional.empty()), cause);
    }

    private List<NewEvent> withIds(List<NewEvent> events) {
        return events.stream()
                .map(event -> event.eventId().isPresent() ? event : event.withId(ids.generate()))
                .toList();
    }

    /** Appends, or fails as {@link EventStore#append} does. */
    Uni<Void> append(Transition transition) {
        return engineStore.append(transition.request(), transition.stream()).replaceWithVoid();
    }

    /**
     * Events ready to be appended.
     *
     * @param stream of the saga
     * @param lastEventId of the last one in the saga's stream
     */
    record Transition(StreamId stream, AppendRequest request, String lastEventId) {}
}
