package com.example.guest.projected;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A row that {@link CustomerTable} writes, in the database of the log. */
@Entity
@Table(name = "customer_row")
class CustomerRow {
    @Id
    String id;

    String fullName;

    protected CustomerRow() {}

    CustomerRow(String id, String fullName) {
        this.id = id;
        this.fullName = fullName;
    }
}
