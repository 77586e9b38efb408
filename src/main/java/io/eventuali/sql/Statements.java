package io.eventuali.sql;

import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Single statements on the service's database, each a transaction by itself. None is waited for without end. Thread-safe. */
@Singleton
public class Statements {
    /** Name of the data source that Eventuali keeps everything in. The default one is the application's. */
    public static final String DATA_SOURCE = "eventuali";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Connections connections;

    Statements(Connections connections) {
        this.connections = connections;
    }

    /**
     * Executes a statement once it is subscribed to, on any shared connection.
     *
     * @return fails with what the driver says, or with a {@link io.vertx.core.VertxException} after 10 s; then the statement may have
     *     been executed or not
     */
    public Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return execute(sql, arguments, TIMEOUT);
    }

    /**
     * The same with another limit.
     *
     * @param timeout how long the statement may take, with the wait for a connection
     */
    public Uni<RowSet<Row>> execute(String sql, Tuple arguments, Duration timeout) {
        return execute(Connections.Use.SHARED, sql, arguments, timeout);
    }

    /** The same on the connection that is kept for this use. */
    public Uni<RowSet<Row>> execute(Connections.Use use, String sql, Tuple arguments, Duration timeout) {
        return Uni.createFrom().completionStage(() -> connections
                .with(use, timeout, connection -> connection.preparedQuery(sql).execute(arguments))
                .toCompletionStage());
    }
}
