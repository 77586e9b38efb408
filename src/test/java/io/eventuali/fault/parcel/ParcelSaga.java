package io.eventuali.fault.parcel;

import io.eventuali.saga.SagaHandler;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** A parcel that is sent, waits until it has arrived, and is confirmed. Started by one event, gone on with by another. */
@ApplicationScoped
public class ParcelSaga extends SagaHandler<ParcelSaga.Parcel> {
    public static final String NAME = "parcel";

    /** Data of a parcel. */
    public record Parcel(String id) {}

    /** Data of an event. */
    public record ParcelSent(int weight) {}

    ParcelSaga() {
        super(NAME, Parcel.class);
        startsOn(
                "ParcelSent",
                ParcelSent.class,
                (sent, event) -> new Parcel(event.aggregateId()),
                event -> event.aggregateId());
        await("ParcelArrived", Parcel::id).timeout(Duration.ofHours(1));
        step("confirm", (parcel, context) -> parcel);
    }
}
