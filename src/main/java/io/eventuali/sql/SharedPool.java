package io.eventuali.sql;

import io.quarkus.arc.Unremovable;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Singleton;

/** Makes the pool of Eventuali's data source, and of no other one, of what {@link Connections} shares. */
@Singleton
@Unremovable
@ReactiveDataSource(Statements.DATA_SOURCE)
class SharedPool implements PgPoolCreator {
    private final Connections connections;

    SharedPool(Connections connections) {
        this.connections = connections;
    }

    @Override
    public Pool create(Input input) {
        return connections.create(input);
    }
}
