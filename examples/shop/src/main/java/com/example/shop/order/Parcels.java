package com.example.shop.order;

import com.example.shop.EventLog;
import io.eventuali.event.StreamId;
import io.eventuali.saga.StepContext;
import jakarta.enterprise.context.ApplicationScoped;

/** Stands in for a carrier, who takes every parcel. */
@ApplicationScoped
class Parcels {
    private final EventLog log;

    Parcels(EventLog log) {
        this.log = log;
    }

    OrderData ship(OrderData order, StepContext context) {
        context.append(
                new StreamId(OrderResource.TYPE, order.orderId()),
                log.event(new OrderConfirmed(order.lines(), order.total())));
        return order;
    }
}
