package com.example.guest.customer;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** An entity of the application's, in its own database. */
@Entity
public class Customer {
    @Id
    String id;

    String fullName;

    protected Customer() {}

    Customer(String id, String fullName) {
        this.id = id;
        this.fullName = fullName;
    }
}
