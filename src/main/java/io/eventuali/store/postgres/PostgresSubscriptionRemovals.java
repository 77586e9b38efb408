package io.eventuali.store.postgres;

import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.SubscriptionRemovals;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** Removals in PostgreSQL. */
@Singleton
class PostgresSubscriptionRemovals implements SubscriptionRemovals {
    /** Notifications carry the principal, which has no line feed in it, a line feed, and the id of a removed subscription. */
    static final String CHANNEL = "eventuali_subscription";

    private static final String REMOVE =
            "WITH removal AS (INSERT INTO subscription_removal (subscription_id, principal) VALUES ($1, $2)"
                    + " ON CONFLICT (subscription_id, principal) DO UPDATE SET removed_at = now()"
                    + " RETURNING subscription_id, principal)"
                    + " SELECT pg_notify('" + CHANNEL + "', principal || chr(10) || subscription_id) FROM removal";
    private static final String IS_REMOVED = "SELECT 1 FROM subscription_removal WHERE subscription_id = $1 AND"
            + " principal IN ('', $2) AND removed_at > now() - make_interval(secs => $3)";

    private final Statements statements;
    private final List<BiConsumer<String, String>> listeners = new CopyOnWriteArrayList<>();

    PostgresSubscriptionRemovals(Statements statements) {
        this.statements = statements;
    }

    @Override
    public Uni<Void> remove(String subscriptionId, String principal) {
        return execute(REMOVE, Tuple.of(subscriptionId, principal)).replaceWithVoid();
    }

    @Override
    public void onRemoved(BiConsumer<String, String> listener) {
        listeners.add(listener);
    }

    /** A notification of some replica came in. */
    void removed(String notification) {
        int end = notification.indexOf('\n');
        String principal = notification.substring(0, Math.max(0, end));
        String subscriptionId = notification.substring(end + 1);
        listeners.forEach(listener -> listener.accept(subscriptionId, principal));
    }

    @Override
    public Uni<Boolean> isRemoved(String subscriptionId, String principal, Duration memory) {
        return execute(IS_REMOVED, Tuple.of(subscriptionId, principal, (double) memory.toSeconds()))
                .map(rows -> rows.size() > 0);
    }

    private Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return statements
                .execute(sql, arguments)
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer", cause));
    }
}
