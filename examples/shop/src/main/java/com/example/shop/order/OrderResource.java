package com.example.shop.order;

import com.example.shop.EventLog;
import com.example.shop.Receipt;
import com.example.shop.Refusal;
import com.example.shop.product.Products;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.StreamId;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** Takes orders. What becomes of one is told by the stream {@code Order/{orderId}}. */
@Path("/orders/{orderId}")
public class OrderResource {
    /** Aggregate type of orders. */
    public static final String TYPE = "Order";

    private static final int MAX_LINES = 100;

    private final EventLog log;
    private final Products products;

    OrderResource(EventLog log, Products products) {
        this.log = log;
        this.products = products;
    }

    /**
     * Places an order under an id of the customer's choice. The event's id follows from it, so sending the same order again is one
     * order.
     */
    @PUT
    public Uni<Receipt> place(String orderId, Cart cart) {
        Refusal.unless(
                cart.items() != null && !cart.items().isEmpty() && cart.items().size() <= MAX_LINES,
                "an order has 1 to " + MAX_LINES + " items");
        Refusal.unless(cart.items().stream().allMatch(item -> item.quantity() > 0), "a quantity is 1 or more");
        List<Uni<OrderLine>> lines = cart.items().stream().map(this::line).toList();
        return Uni.join().all(lines).andFailFast().chain(priced -> {
            long total = priced.stream()
                    .mapToLong(line -> line.quantity() * line.price())
                    .sum();
            UUID eventId = UUID.nameUUIDFromBytes(("OrderPlaced " + orderId).getBytes(StandardCharsets.UTF_8));
            return log.append(
                            new StreamId(TYPE, orderId),
                            ExpectedPosition.EMPTY,
                            log.event(new OrderPlaced(cart.customer(), priced, total))
                                    .withId(eventId))
                    .map(Receipt::of);
        });
    }

    private Uni<OrderLine> line(Item item) {
        return products.find(item.sku()).map(product -> {
            Refusal.unless(product.listed(), "there is no product " + item.sku());
            return new OrderLine(item.sku(), item.quantity(), product.price());
        });
    }

    /** What a customer sends. */
    @RegisterForReflection
    public record Cart(String customer, List<Item> items) {}

    /** One product of it. */
    @RegisterForReflection
    public record Item(String sku, int quantity) {}
}
