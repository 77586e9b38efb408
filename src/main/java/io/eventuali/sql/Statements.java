package io.eventuali.sql;

import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
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

    private final Pool pool;

    Statements(@ReactiveDataSource(DATA_SOURCE) Pool pool) {
        this.pool = pool;
    }

    /**
     * Executes a statement once it is subscribed to, on any connection of the pool.
     *
     * @return fails with what the driver says, or with Mutiny's {@code TimeoutException} after 10 s; then the statement may
     *     have been executed or not
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
        return Uni.createFrom()
                .completionStage(
                        () -> pool.preparedQuery(sql).execute(arguments).toCompletionStage())
                .ifNoItem()
                .after(timeout)
                .fail();
    }
}
