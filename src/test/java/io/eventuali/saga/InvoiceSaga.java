package io.eventuali.saga;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Another saga about a trip, started by one of the events that start a trip, and waiting for the same event. */
@ApplicationScoped
class InvoiceSaga extends SagaHandler<InvoiceSaga.Invoice> {
    static final String NAME = "invoice";

    /** Trips whose invoices are written. */
    static final Set<String> WRITTEN = ConcurrentHashMap.newKeySet();

    /** Data of an invoice. */
    record Invoice(String trip) {}

    /** Data of an event. */
    record TripBooked() {}

    InvoiceSaga() {
        super(NAME, Invoice.class);
        startsOn(
                "TripBooked",
                TripBooked.class,
                (booked, event) -> new Invoice(event.aggregateId()),
                event -> event.aggregateId());
        step("write", (invoice, context) -> {
            WRITTEN.add(invoice.trip());
            return null;
        });
        await("TripPaid", Invoice::trip);
    }
}
