package io.eventuali.fault.parcel;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;

/** A {@link Tally} of each order, in the database, in two partitions. */
@ApplicationScoped
public class StoredTally extends Projection<Tally> {
    public static final String NAME = "stored-tally";

    StoredTally() {
        super(NAME, Tally.class);
        partitions(2);
        filter(event -> event.aggregateType().equals("Order"));
        onAnyOther((tally, event) -> (tally == null ? Tally.EMPTY : tally).plus(event.eventId()));
    }
}
