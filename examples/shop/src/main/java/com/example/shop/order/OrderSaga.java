package com.example.shop.order;

import io.eventuali.event.StreamEvent;
import io.eventuali.saga.SagaHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;

/**
 * What is done about an order: goods are put aside, the customer is charged, a parcel is sent. If one of these fails, what was done
 * before it is undone and the order is cancelled. {@code GET /v1/sagas/order?businessKey={orderId}} shows how far it is.
 */
@ApplicationScoped
public class OrderSaga extends SagaHandler<OrderData> {
    @Inject
    OrderSaga(Orders orders, Stock stock, Payments payments, Parcels parcels) {
        super("order", OrderData.class);
        startsOn("OrderPlaced", OrderPlaced.class, OrderSaga::begin, StreamEvent::aggregateId);
        // Does nothing, but undoes: whatever fails later, the order is cancelled.
        step("accept", orders::accept).compensate(orders::cancel);
        // Other orders of the same product may get in between.
        step("reserve-stock", stock::reserve)
                .retries(5)
                .backoff(Duration.ofMillis(50), Duration.ofSeconds(1))
                .compensate(stock::release);
        step("charge", payments::charge).compensate(payments::refund);
        step("ship", parcels::ship);
    }

    private static OrderData begin(OrderPlaced placed, StreamEvent event) {
        return event.aggregateType().equals(OrderResource.TYPE)
                ? new OrderData(event.aggregateId(), placed.customer(), placed.lines(), placed.total())
                : null;
    }
}
