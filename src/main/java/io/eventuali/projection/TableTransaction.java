package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
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
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/** Transactions of one projection that writes its own tables: its checkpoint moves first, under the owner's epoch, then handlers write. */
final class TableTransaction {
    // G8: the row stays locked to the end of the transaction, and a former owner finds none to lock.
    private static final String CHECKPOINT =
            "UPDATE projection SET position = ?1, position_at = ?2, events = events + ?3"
                    + " WHERE name = ?4 AND generation = ?5 AND epoch = ?6 AND position = ?7"
                    + " AND log_follows(?8)";

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
     * @param last event before the checkpoint after it
     * @param events those that are handled
     * @param fold that knows which events are a replay
     * @return fails with {@link CheckpointMovedException} if the checkpoint is not there, and with {@link HandlerFailure}
     */
    Uni<Void> run(long from, StreamEvent last, List<KeyedEvent> events, Fold<?> fold) {
        return Uni.createFrom().emitter(emitter -> {
            Context context = VertxContext.createNewDuplicatedContext(loop);
            // One transaction has it for itself, which Hibernate Reactive wants to hear.
            VertxContextSafetyToggle.setContextSafe(context, true);
            context.runOnContext(ignored -> Uni.createFrom()
                    .deferred(() -> sessions.withTransaction(session -> checkpoint(session, from, last, events.size())
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
                    .transform(failure -> failure(failure, from, last.globalPosition()))
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

    private Uni<Void> checkpoint(Mutiny.Session session, long from, StreamEvent last, int handled) {
        return session.createNativeQuery(CHECKPOINT)
                .setParameter(1, last.globalPosition())
                .setParameter(2, last.timestamp().atOffset(ZoneOffset.UTC))
                .setParameter(3, (long) handled)
                .setParameter(4, projection.name())
                .setParameter(5, generation)
                .setParameter(6, epoch)
                .setParameter(7, from)
                .setParameter(8, guard.get())
                .executeUpdate()
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
