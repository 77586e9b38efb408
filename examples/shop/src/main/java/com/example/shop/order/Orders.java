package com.example.shop.order;

import com.example.shop.EventLog;
import io.eventuali.event.StreamId;
import io.eventuali.saga.StepContext;
import jakarta.enterprise.context.ApplicationScoped;

/** What becomes of an order in the end, when it is not confirmed. */
@ApplicationScoped
class Orders {
    private final EventLog log;

    Orders(EventLog log) {
        this.log = log;
    }

    OrderData accept(OrderData order, StepContext context) {
        return order;
    }

    void cancel(OrderData order, StepContext context) {
        context.append(new StreamId(OrderResource.TYPE, order.orderId()), log.event(new OrderCancelled()));
    }
}
