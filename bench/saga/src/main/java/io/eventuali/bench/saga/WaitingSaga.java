package io.eventuali.bench.saga;

import io.eventuali.saga.SagaHandler;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** Waits for an event that does not come. */
@ApplicationScoped
public class WaitingSaga extends SagaHandler<WaitingSaga.Wish> {

    /** What it knows. */
    public record Wish(String id) {}

    /** Data of an event. */
    public record Wished(int n) {}

    WaitingSaga() {
        super("waiting", Wish.class);
        startsOn(
                "Wished", Wished.class, (wished, event) -> new Wish(event.aggregateId()), event -> event.aggregateId()
                        + ":" + event.streamPosition());
        await("Granted", Wish::id);
        deadline(Duration.ofDays(1));
    }
}
