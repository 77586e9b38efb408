package io.eventuali.bench.projection;

import io.eventuali.projection.Projection;

/** Counts events by aggregate type and event type, in documents; one of ten. */
class Counts extends Projection<Long> {

    Counts(int number) {
        super("counts-" + number, Long.class);
        keyedBy(event -> event.aggregateType() + "/" + event.eventType());
        onAnyOther((count, event) -> count == null ? 1 : count + 1);
    }
}
