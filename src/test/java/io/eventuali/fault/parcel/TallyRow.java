package io.eventuali.fault.parcel;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A row of {@link TableTally}. */
@Entity
@Table(name = "table_tally")
class TallyRow {
    @Id
    String id;

    long events;

    long hash;

    protected TallyRow() {}

    TallyRow(String id, Tally tally) {
        this.id = id;
        take(tally);
    }

    Tally tally() {
        return new Tally(events, hash);
    }

    final void take(Tally tally) {
        events = tally.count();
        hash = tally.hash();
    }
}
