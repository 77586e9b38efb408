package io.eventuali.projection;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A row of a table that a projection of the tests writes itself. */
@Entity
@Table(name = "seat")
class SeatRow {
    @Id
    String id;

    int taken;

    protected SeatRow() {}

    SeatRow(String id, int taken) {
        this.id = id;
        this.taken = taken;
    }
}
