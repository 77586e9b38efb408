package io.eventuali.saga.order;

import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.saga.OutcomeUnknownException;
import io.eventuali.saga.SagaAction;
import io.eventuali.saga.SagaHandler;
import io.eventuali.saga.SagaStep;
import io.eventuali.saga.StepContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** An order over services that live in another process and fail in every way they can. */
@ApplicationScoped
public class OrderSaga extends SagaHandler<OrderSaga.Order> {
    public static final String NAME = "order";

    private static final Duration TIMEOUT = Duration.ofMillis(1_500);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final URI services;

    /**
     * Data of an order.
     *
     * @param approval whether it has to be approved, by an event
     */
    public record Order(String id, boolean gift, boolean approval, String payment, String courier) {}

    /** Data of an event. */
    public record OrderPlaced(boolean gift, boolean approval) {}

    OrderSaga(@ConfigProperty(name = "order.services", defaultValue = "http://localhost:1") URI services) {
        super(NAME, Order.class);
        this.services = services;
        startsOn(
                "PurchasePlaced",
                OrderPlaced.class,
                (placed, event) -> new Order(event.aggregateId(), placed.gift(), placed.approval(), null, null),
                event -> event.aggregateId());
        tuned("reserve", calls("reserve"), 1);
        parallel(
                tuned(
                        "charge",
                        (order, context) -> {
                            call("charge", order, context);
                            return new Order(order.id(), order.gift(), order.approval(), "paid", order.courier());
                        },
                        2),
                tuned(
                        "courier",
                        (order, context) -> {
                            call("courier", order, context);
                            return new Order(order.id(), order.gift(), order.approval(), order.payment(), "booked");
                        },
                        0));
        when(Order::gift, tuned("wrap", calls("wrap"), 1));
        when(Order::approval, await("PurchaseApproved", Order::id)).timeout(Duration.ofSeconds(6));
        tuned("ship", calls("ship"), 1);
        step("notify", (order, context) -> {
            context.append(new StreamId("Order", order.id()), NewEvent.of("OrderShipped", "{}"));
            return null;
        });
    }

    private SagaStep<Order> tuned(String step, SagaAction<Order> action, int retries) {
        return step(step, action)
                .compensate((order, context) -> call("undo-" + step, order, context))
                .retries(retries)
                .compensationRetries(6)
                .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
                .timeout(TIMEOUT);
    }

    private SagaAction<Order> calls(String operation) {
        return (order, context) -> {
            call(operation, order, context);
            return null;
        };
    }

    private void call(String operation, Order order, StepContext context) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(services.resolve("/" + operation + "/" + order.id()))
                .timeout(Duration.ofSeconds(4))
                .header("Action-Key", context.actionKey())
                .POST(HttpRequest.BodyPublishers.noBody());
        context.headers().forEach(request::header);
        int status = HTTP.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
        if (status >= 500) {
            throw new OutcomeUnknownException(operation + " answered " + status, null);
        }
        if (status >= 400) {
            throw new IllegalStateException(operation + " was refused");
        }
    }
}
