package com.example.guest.projected;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;

/** Documents of customers. */
@ApplicationScoped
class CustomerNames extends Projection<CustomerRegistered> {
    CustomerNames() {
        super("customer-names", CustomerRegistered.class);
        filterByAggregateType("Customer");
        on("CustomerRegistered", CustomerRegistered.class, (name, e) -> e.data());
    }
}
