package com.example.guest.projected;

import io.eventuali.projection.TableProjection;
import io.quarkus.agroal.DataSource;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.hibernate.reactive.mutiny.Mutiny;

/** Writes a table of its own, in the transaction of its checkpoint. */
@ApplicationScoped
class CustomerTable extends TableProjection {
    CustomerTable() {
        super("customer-table");
        filterByAggregateType("Customer");
        write(
                "CustomerRegistered",
                CustomerRegistered.class,
                (session, e) -> session.persist(
                        new CustomerRow(e.aggregateId(), e.data().fullName())));
    }

    @Override
    protected Uni<?> clear(Mutiny.Session session) {
        return session.createMutationQuery("delete from CustomerRow").executeUpdate();
    }

    /** An application in earnest would have a second Flyway for this. */
    void create(@Observes StartupEvent started, @DataSource("eventuali") javax.sql.DataSource log) throws SQLException {
        try (Connection connection = log.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS customer_row (id text PRIMARY KEY, fullName text)");
        }
    }
}
