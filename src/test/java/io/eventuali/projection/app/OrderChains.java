package io.eventuali.projection.app;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A {@link Chain} for each order. {@code -Dtest.version} is the version of its code; with {@code -Dtest.gate} it handles nothing until
 * that file exists.
 */
@ApplicationScoped
public class OrderChains extends Projection<Chain> {
    public static final String NAME = "order-chains";

    private static final int VERSION = Integer.getInteger("test.version", 1);
    private static final Optional<Path> GATE =
            Optional.ofNullable(System.getProperty("test.gate")).map(Path::of);

    OrderChains() {
        super(NAME, Chain.class);
        version(VERSION);
        filterByAggregateType("Order");
        onAnyOther((chain, event) -> {
            GATE.ifPresent(OrderChains::await);
            return (chain == null ? Chain.empty(VERSION) : chain).plus(event.globalPosition());
        });
    }

    private static void await(Path gate) {
        try {
            while (!Files.exists(gate)) {
                Thread.sleep(20);
            }
        } catch (InterruptedException givenUp) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the gate did not open", givenUp);
        }
    }
}
