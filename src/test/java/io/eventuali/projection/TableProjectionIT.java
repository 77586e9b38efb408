package io.eventuali.projection;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.agroal.api.AgroalDataSource;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.quarkus.agroal.DataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Rows that handlers write and the checkpoint are one transaction (G8). */
@QuarkusTest
@TestProfile(ProjectionIT.Impatient.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class TableProjectionIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    EventStore store;

    @Inject
    @DataSource("eventuali")
    AgroalDataSource database;

    @Inject
    ProjectionOperations projections;

    private final String seat = UUID.randomUUID().toString();

    @AfterEach
    void repair() {
        SeatPlan.BROKEN.clear();
    }

    @Test
    void each_event_counts_once_in_the_tables() throws SQLException {
        List<NewEvent> events = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            events.add(taken(1));
        }

        awaitPosition(append(events.toArray(NewEvent[]::new)));

        assertThat(row()).isEqualTo(50);
        given().get("/v1/projections/seat-plan").then().body("status", equalTo("live"));
    }

    @Test
    void what_a_handler_wrote_before_it_failed_is_not_there_and_it_goes_on_from_that_event() throws SQLException {
        awaitPosition(append(taken(1)));
        SeatPlan.BROKEN.add(seat);
        long poison = append(taken(2));

        await().atMost(PATIENCE).untilAsserted(() -> given().get("/v1/projections/seat-plan")
                .then()
                .body("status", equalTo("stopped"))
                .body("failure.position", equalTo((int) poison))
                .body("failure.reason", equalTo("the seat is broken")));
        assertThat(row()).isEqualTo(1);

        SeatPlan.BROKEN.clear();
        given().post("/v1/projections/seat-plan/resume").then().statusCode(200);
        awaitPosition(poison);
        assertThat(row()).isEqualTo(3);
    }

    @Test
    void what_the_database_refuses_is_a_failure_of_the_event_that_caused_it() throws SQLException {
        execute("ALTER TABLE seat ADD CONSTRAINT limited CHECK (taken <= 100)");
        long first = append(taken(60), taken(40), taken(1)) - 2;
        try {
            await().atMost(PATIENCE).untilAsserted(() -> given().get("/v1/projections/seat-plan")
                    .then()
                    .body("status", equalTo("stopped"))
                    .body("failure.position", equalTo((int) first + 2))
                    .body("failure.reason", containsString("limited")));
            assertThat(row()).isEqualTo(100);
        } finally {
            execute("ALTER TABLE seat DROP CONSTRAINT limited");
        }
        given().post("/v1/projections/seat-plan/resume").then().statusCode(200);

        awaitPosition(first + 2);
        assertThat(row()).isEqualTo(101);
    }

    @Test
    void a_reset_makes_the_rows_anew_and_a_rebuild_beside_them_is_refused() throws SQLException {
        awaitPosition(append(taken(7)));
        execute("UPDATE seat SET taken = 99 WHERE id = '" + seat + "'");

        given().post("/v1/projections/seat-plan/rebuild")
                .then()
                .statusCode(409)
                .body("type", equalTo("/problems/not-rebuildable"));
        given().post("/v1/projections/seat-plan/reset").then().statusCode(202).body("rebuild", nullValue());

        await().atMost(PATIENCE).until(() -> row() == 7);
    }

    @Test
    void it_has_no_documents() {
        assertThatThrownBy(Confused::new)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("writes its own tables");
    }

    private void awaitPosition(long position) {
        assertThat(projections
                        .awaitPosition(SeatPlan.NAME, position, PATIENCE)
                        .await()
                        .atMost(PATIENCE.plusSeconds(5)))
                .isTrue();
    }

    private int row() throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement("SELECT taken FROM seat WHERE id = ?")) {
            query.setString(1, seat);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() ? rows.getInt(1) : 0;
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    private static NewEvent taken(int times) {
        return NewEvent.of("Taken", "{\"times\":" + times + "}");
    }

    private long append(NewEvent... events) {
        return store.append(AppendRequest.to(new StreamId("Seat-" + seat, seat), ExpectedPosition.ANY, List.of(events)))
                .await()
                .atMost(PATIENCE)
                .lastGlobalPosition();
    }

    /** A projection that cannot make up its mind. */
    private static final class Confused extends TableProjection {
        Confused() {
            super("confused");
            on("Taken", (state, event) -> null);
        }

        @Override
        protected Uni<?> clear(Mutiny.Session session) {
            return Uni.createFrom().voidItem();
        }
    }
}
