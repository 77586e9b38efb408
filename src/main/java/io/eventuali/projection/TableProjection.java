package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import io.smallrye.mutiny.Uni;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Builds a read model in tables of the application's own, with Hibernate Reactive: what handlers do with the session and the
 * checkpoint are one transaction, so that each event counts exactly once (G8). For queries that documents by key do not answer.
 *
 * <pre>{@code
 * @ApplicationScoped
 * public class Orders extends TableProjection {
 *     Orders() {
 *         super("orders");
 *         write("OrderPlaced", OrderPlaced.class, (session, e) -> session.persist(new OrderRow(e.aggregateId(), e.data().total())));
 *         write("OrderCancelled", OrderCancelled.class, (session, e) -> session.find(OrderRow.class, e.aggregateId())
 *                 .chain(row -> session.remove(row)));
 *     }
 *
 *     @Override
 *     protected Uni<?> clear(Mutiny.Session session) {
 *         return session.createMutationQuery("delete from OrderRow").executeUpdate();
 *     }
 * }
 * }</pre>
 *
 * <p>Handlers are called on an event loop, one after the other, in log order, and must not block. The tables and their migrations are
 * the application's. There are no documents to read or to follow over HTTP, no dead letters (it stops on poison) and no rebuild beside
 * the old rows: a higher {@link #version} or a reset begins anew with {@link #clear}.
 */
public abstract class TableProjection extends Projection<Void> {
    private final Map<String, TableHandler> writers = new HashMap<>();

    /** @param name unique in the application, 1 to 100 printable characters */
    protected TableProjection(String name) {
        super(name, Void.class);
    }

    /** For the client proxies of CDI, which hold nothing themselves. */
    protected TableProjection() {}

    /**
     * Handles events of this type, with their data read into a type; the next one is handled after the answer.
     *
     * @throws IllegalStateException if the type has a handler already
     */
    protected final <P> void write(
            String eventType, Class<P> payload, BiFunction<Mutiny.Session, ProjectedEvent<P>, Uni<?>> handler) {
        if (writers.putIfAbsent(
                        eventType,
                        (session, event, handling) -> handler.apply(session, projected(event, payload, handling)))
                != null) {
            throw new IllegalStateException("projection %s has two handlers of %s".formatted(name(), eventType));
        }
    }

    /** Deletes all rows that handlers made, in the transaction of the first events: the projection begins, for the first time or anew. */
    protected abstract Uni<?> clear(Mutiny.Session session);

    @Override
    final boolean handles(String eventType) {
        return writers.containsKey(eventType);
    }

    @Override
    final void handle(String eventType, EventHandler<Void> handler) {
        throw new IllegalStateException("projection %s writes its own tables: it has no documents".formatted(name()));
    }

    /** Does what the handler of an event, which there has to be, does. */
    final Uni<?> write(Mutiny.Session session, StreamEvent event, Handling handling) {
        return writers.get(event.eventType()).apply(session, upcast(event, handling), handling);
    }
}
