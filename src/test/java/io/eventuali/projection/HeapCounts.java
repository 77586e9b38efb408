package io.eventuali.projection;

import jakarta.inject.Singleton;

/** Counts events by aggregate type, on the heap. */
@Singleton
class HeapCounts extends Projection<Long> {
    static final String NAME = "heap-counts";

    HeapCounts() {
        super(NAME, Long.class);
        keepInMemory();
        keyedBy(event -> event.aggregateType());
        onAnyOther((count, event) -> count == null ? 1 : count + 1);
    }
}
