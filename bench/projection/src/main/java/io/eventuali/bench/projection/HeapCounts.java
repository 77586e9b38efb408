package io.eventuali.bench.projection;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;

/** Counts events by aggregate type and event type, in memory. */
@ApplicationScoped
public class HeapCounts extends Projection<Long> {

    HeapCounts() {
        super("heap-counts", Long.class);
        keepInMemory();
        keyedBy(event -> event.aggregateType() + "/" + event.eventType());
        onAnyOther((count, event) -> count == null ? 1 : count + 1);
    }
}
