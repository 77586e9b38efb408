package io.eventuali.fault.parcel;

import io.agroal.api.AgroalDataSource;
import io.eventuali.projection.TableProjection;
import io.quarkus.agroal.DataSource;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/** A {@link Tally} of each order, in a table of its own. */
@ApplicationScoped
public class TableTally extends TableProjection {
    public static final String NAME = "table-tally";

    /** What is fixed when an application with it is built. */
    public static final Map<String, String> SETTINGS = Map.of(
            "quarkus.hibernate-orm.eventuali.datasource", "eventuali",
            "quarkus.hibernate-orm.eventuali.packages", "io.eventuali.fault.parcel",
            "quarkus.hibernate-orm.eventuali.database.start-offline", "true");

    TableTally() {
        super(NAME);
        filter(event -> event.aggregateType().equals("Order"));
        for (String type : List.of("OrderPlaced", "OrderPaid", "StockReserved", "E")) {
            write(type, Object.class, (session, event) -> session.find(TallyRow.class, event.aggregateId())
                    .chain(row -> {
                        Tally tally = (row == null ? Tally.EMPTY : row.tally())
                                .plus(event.event().eventId());
                        if (row == null) {
                            return session.persist(new TallyRow(event.aggregateId(), tally));
                        }
                        row.take(tally);
                        return Uni.createFrom().voidItem();
                    }));
        }
    }

    @Override
    protected Uni<?> clear(Mutiny.Session session) {
        return session.createMutationQuery("delete from TallyRow").executeUpdate();
    }

    /** What an application's migration would do. Several replicas may start at once. */
    void create(@Observes StartupEvent started, @DataSource("eventuali") AgroalDataSource database)
            throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(1)");
            statement.execute("CREATE TABLE IF NOT EXISTS table_tally"
                    + " (id text PRIMARY KEY, events bigint NOT NULL, hash bigint NOT NULL)");
            connection.commit();
        }
    }
}
