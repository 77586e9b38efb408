package io.eventuali.projection;

import io.eventuali.sql.Connections;
import io.eventuali.sql.SessionFault;
import io.eventuali.store.EventStoreException;
import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/** Transactions of one projection that writes its own tables: its checkpoint moves first, under the owner's epoch, then handlers write. */
final class TableTransaction {
    // G8: the row stays locked to the end of the transaction, and a former owner finds none to lock.
    private static final String CHECKPOINT = "UPDATE projection SET position = ?1, events = events + ?2%s"
            + " WHERE name = ?3 AND generation = ?4 AND epoch = ?5 AND position = ?6 AND log_follows(?7)";
    private static final String BEHIND_EVENT = CHECKPOINT.formatted(", position_at = ?8");
    private static final String BEHIND_DAMAGE = CHECKPOINT.formatted("");

    private final TableProjection projection;
    private final long generation;
    private final long epoch;
    private final Supplier<String> guard;
    private final Mutiny.SessionFactory sessions;
    private final Connections connections;
    /** Of its own: handlers must not hold up the loop that this is called on, such as that of the appends. */
    private final ContextInternal loop;

    TableTransaction(
            TableProjection projection,
            long generation,
            long epoch,
            Supplier<String> guard,
            Mutiny.SessionFactory sessions,
            Connections connections,
            Vertx vertx) {
        this.guard = guard;
        this.projection = projection;
        this.generation = generation;
        this.epoch = epoch;
        this.sessions = sessions;
        this.connections = connections;
        this.loop = ((VertxInternal) vertx).createEventLoopContext();
    }

    /**
     * Hands events to handlers and moves the checkpoint.
     *
     * @param from checkpoint before it; at 0 the tables are cleared first
     * @param to checkpoint after it
     * @param at timestamp of the event there; null if there is none
     * @param events those that are handled
     * @param fold that knows which events are a replay
     * @return fails with {@link CheckpointMovedException} if the checkpoint is not there, and with {@link HandlerFailure}
     */
    Uni<Void> run(long from, long to, Instant at, List<KeyedEvent> events, Fold<?> fold) {
        return Uni.createFrom().emitter(emitter -> {
            Context context = VertxContext.createNewDuplicatedContext(loop);
            // One transaction has it for itself, which Hibernate Reactive wants to hear.
            VertxContextSafetyToggle.setContextSafe(context, true);
            context.runOnContext(ignored -> Uni.createFrom()
                    .deferred(() -> sessions.withTransaction(session -> checkpoint(session, from, to, at, events.size())
                            .chain(() -> from == 0
                                    ? projection.clear(session)
                                    : Uni.createFrom().voidItem())
                            .chain(() -> Multi.createFrom()
                                    .iterable(events)
                                    .onItem()
                                    .transformToUniAndConcatenate(
                                            event -> handled(session, event, fold.handling(event)))
                                    .onItem()
                                    .ignoreAsUni())
                            // Here, not at the commit: what a flush refuses is a failure of the events.
                            .chain(session::flush)))
                    .onFailure(SessionFault::isOfOthersToo)
                    .invoke(connections::severShared)
                    .onFailure()
                    .transform(failure -> failure(failure, from, to))
                    .subscribe()
                    .with(emitter::complete, emitter::fail));
        });
    }

    /** An outage is nobody's fault; it also makes handlers fail that ask the database something. */
    private static Throwable failure(Throwable failure, long from, long to) {
        if (failure instanceof CheckpointMovedException) {
            return failure;
        }
        if (ProjectionTable.isOutage(failure)) {
            return new EventStoreException.Unavailable("the database did not answer", failure);
        }
        return failure instanceof HandlerFailure ? failure : HandlerFailure.somewhere(from, to, failure);
    }

    private Uni<Void> checkpoint(Mutiny.Session session, long from, long to, Instant at, int handled) {
        var moving = session.createNativeQuery(at == null ? BEHIND_DAMAGE : BEHIND_EVENT)
                .setParameter(1, to)
                .setParameter(2, (long) handled)
                .setParameter(3, projection.name())
                .setParameter(4, generation)
                .setParameter(5, epoch)
                .setParameter(6, from)
                .setParameter(7, guard.get());
        if (at != null) {
            moving.setParameter(8, at.atOffset(ZoneOffset.UTC));
        }
        return moving.executeUpdate()
                .chain(rows -> rows == 1
                        ? Uni.createFrom().voidItem()
                        : Uni.createFrom().failure(new CheckpointMovedException(projection.name(), epoch, from)));
    }

    private Uni<Void> handled(Mutiny.Session session, KeyedEvent event, Handling handling) {
        return Uni.createFrom()
                .deferred(
                        () -> projection.write(session, event.event(), handling).replaceWithVoid())
                .ifNoItem()
                .after(handling.timeout())
                .failWith(() -> new IllegalStateException("the handler did not answer within " + handling.timeout()))
                .onFailure()
                .transform(failure ->
                        new HandlerFailure(event.position(), event.event().eventType(), failure));
    }
}
