package com.example.shop.order;

import com.example.shop.EventLog;
import io.eventuali.event.StreamId;
import io.eventuali.saga.StepContext;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Stands in for a provider of payments, which declines what is above {@code shop.payment-limit} cents. A real one is called here, by
 * HTTP, with {@link StepContext#idempotencyKey()}, so that it charges once however often it is asked.
 */
@ApplicationScoped
class Payments {
    private final EventLog log;
    private final long limit;

    Payments(EventLog log, @ConfigProperty(name = "shop.payment-limit") long limit) {
        this.log = log;
        this.limit = limit;
    }

    OrderData charge(OrderData order, StepContext context) {
        if (order.total() > limit) {
            throw new IllegalStateException("the payment of %d cents was declined".formatted(order.total()));
        }
        context.append(stream(order), log.event(new PaymentTaken(context.actionKey(), order.total())));
        return order;
    }

    /** Gives back what was taken, which may be nothing. */
    void refund(OrderData order, StepContext context) {
        boolean taken = !log.read(stream(order)).await().indefinitely().isEmpty();
        if (taken) {
            context.append(stream(order), log.event(new PaymentRefunded(context.actionKey(), order.total())));
        }
    }

    private static StreamId stream(OrderData order) {
        return new StreamId("Payment", order.orderId());
    }
}
