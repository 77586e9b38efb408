package com.example.guest.customer;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.opentelemetry.api.trace.Span;
import io.vertx.core.json.JsonObject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** Resources of the application's, one of them below {@code /v1}, as those of Eventuali are. */
@Path("/v1/customers")
public class CustomerResource {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final EntityManager entities;
    private final DataSource database;
    private final EventStore store;

    CustomerResource(EntityManager entities, DataSource database, EventStore store) {
        this.entities = entities;
        this.database = database;
        this.store = store;
    }

    /** What a request brings. */
    public record Registration(String fullName) {}

    /** What an answer tells. */
    public record CustomerView(String fullName, Optional<Long> globalPosition) {}

    @PUT
    @Path("/{id}")
    @Transactional
    public CustomerView register(String id, Registration registration) {
        entities.persist(new Customer(id, registration.fullName()));
        NewEvent registered = NewEvent.of(
                "CustomerRegistered",
                new JsonObject().put("full_name", registration.fullName()).encode());
        AppendResult result = store.append(
                        AppendRequest.to(new StreamId("Customer", id), ExpectedPosition.EMPTY, List.of(registered)))
                .await()
                .atMost(PATIENCE);
        return new CustomerView(registration.fullName(), Optional.of(result.lastGlobalPosition()));
    }

    @GET
    @Path("/{id}")
    public CustomerView one(String id) {
        Customer customer = entities.find(Customer.class, id);
        if (customer == null) {
            throw new NotFoundException();
        }
        return new CustomerView(customer.fullName, Optional.empty());
    }

    @GET
    @Path("/greeting")
    public String greeting() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet greeting = statement.executeQuery("SELECT value FROM setting WHERE name = 'greeting'")) {
            greeting.next();
            return greeting.getString(1);
        }
    }

    @GET
    @Path("/failure")
    public String failure() {
        throw new IllegalStateException("this is a failure of the application's");
    }

    @GET
    @Path("/trace")
    public boolean isTraced() {
        return Span.current().getSpanContext().isValid();
    }
}
