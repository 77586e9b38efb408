package io.eventuali.projection.app;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;

/** The same as {@link OrderChains}, in memory with a snapshot. */
@ApplicationScoped
public class HeapChains extends Projection<Chain> {
    public static final String NAME = "heap-chains";
    public static final int SNAPSHOT_EVERY = 100;

    HeapChains() {
        super(NAME, Chain.class);
        keepInMemory(SNAPSHOT_EVERY);
        filterByAggregateType("Order");
        onAnyOther((chain, event) -> (chain == null ? Chain.empty(1) : chain).plus(event.globalPosition()));
    }
}
