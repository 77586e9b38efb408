package io.eventuali.fault.parcel;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;

/** A {@link Tally} of each order, in memory, with snapshots. */
@ApplicationScoped
public class HeapTally extends Projection<Tally> {
    public static final String NAME = "heap-tally";

    HeapTally() {
        super(NAME, Tally.class);
        keepInMemory(50);
        filter(event -> event.aggregateType().equals("Order"));
        onAnyOther((tally, event) -> (tally == null ? Tally.EMPTY : tally).plus(event.eventId()));
    }
}
