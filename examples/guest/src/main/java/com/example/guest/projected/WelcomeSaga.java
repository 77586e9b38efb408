package com.example.guest.projected;

import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.saga.SagaHandler;
import io.eventuali.saga.StepContext;
import jakarta.enterprise.context.ApplicationScoped;

/** Welcomes each customer. */
@ApplicationScoped
class WelcomeSaga extends SagaHandler<WelcomeSaga.Welcome> {
    /** What it remembers. */
    record Welcome(String customer) {}

    WelcomeSaga() {
        super("welcome", Welcome.class);
        startsOn(
                "CustomerRegistered",
                CustomerRegistered.class,
                (registered, event) -> new Welcome(event.aggregateId()),
                StreamEvent::aggregateId);
        step("greet", WelcomeSaga::greet);
    }

    private static Welcome greet(Welcome welcome, StepContext context) {
        context.append(new StreamId("Customer", welcome.customer()), NewEvent.of("CustomerWelcomed", "{}"));
        return welcome;
    }
}
