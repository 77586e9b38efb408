package io.eventuali.projection;

import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.reactive.mutiny.Mutiny;

/** Counts how often a seat was taken, in a table of its own. */
@ApplicationScoped
class SeatPlan extends TableProjection {
    static final String NAME = "seat-plan";
    /** Seats whose events fail for the time being, after they have written. */
    static final Set<String> BROKEN = ConcurrentHashMap.newKeySet();

    /** Data of an event. */
    record Taken(int times) {}

    SeatPlan() {
        super(NAME);
        filterByAggregateType("Seat-*");
        write("Taken", Taken.class, (session, e) -> session.find(SeatRow.class, e.aggregateId())
                .chain(row -> {
                    if (row == null) {
                        return session.persist(
                                new SeatRow(e.aggregateId(), e.data().times()));
                    }
                    row.taken += e.data().times();
                    return Uni.createFrom().voidItem();
                })
                .invoke(() -> {
                    if (BROKEN.contains(e.aggregateId())) {
                        throw new IllegalStateException("the seat is broken");
                    }
                }));
    }

    @Override
    protected Uni<?> clear(Mutiny.Session session) {
        return session.createMutationQuery("delete from SeatRow").executeUpdate();
    }

    /** What an application's migration would do. */
    void create(@Observes StartupEvent started, @DataSource("eventuali") AgroalDataSource database)
            throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS seat (id text PRIMARY KEY, taken integer NOT NULL)");
        }
    }
}
