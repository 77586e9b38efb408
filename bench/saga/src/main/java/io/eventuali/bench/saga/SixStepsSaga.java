package io.eventuali.bench.saga;

import io.eventuali.saga.SagaHandler;
import jakarta.enterprise.context.ApplicationScoped;

/** Six steps that do nothing. */
@ApplicationScoped
public class SixStepsSaga extends SagaHandler<SixStepsSaga.Order> {

    /** What it knows. */
    public record Order(int n, String customer, long amount) {}

    SixStepsSaga() {
        super("six-steps", Order.class);
        for (int i = 1; i <= 6; i++) {
            step("step-" + i, (order, context) -> null).compensate((order, context) -> {});
        }
    }
}
