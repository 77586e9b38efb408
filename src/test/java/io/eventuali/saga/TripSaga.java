package io.eventuali.saga;

import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What tests of sagas are about: a trip whose every step can be told what to do. */
@ApplicationScoped
public class TripSaga extends SagaHandler<TripSaga.Trip> {
    static final String NAME = "trip";
    /** Trips whose ids begin so need a visa, for which they do not wait long. */
    static final String SLOW = "slow-";

    /** What a step of a trip does instead of nothing, by trip and step; {@code undo-<step>} for compensations. */
    public static final Map<String, SagaAction<Trip>> SCRIPT = new ConcurrentHashMap<>();
    /** Which steps were called, by trip. */
    static final Map<String, List<Call>> CALLS = new ConcurrentHashMap<>();

    /** Data of a trip. */
    public record Trip(String id, boolean insured, String flight, String hotel, String payment) {
        static Trip of(String id) {
            return new Trip(id, false, null, null, null);
        }
    }

    /** Data of an event. */
    record TripPlanned(boolean insured) {}

    /** Data of an event. */
    record Paid(String receipt) {}

    /** A call of an action. */
    record Call(String step, int attempt, String key) {}

    TripSaga() {
        super(NAME, Trip.class);
        startsOn(
                "TripPlanned",
                TripPlanned.class,
                (planned, event) -> new Trip(event.aggregateId(), planned.insured(), null, null, null),
                event -> event.aggregateId());
        startsOn(
                "TripBooked",
                TripPlanned.class,
                (booked, event) -> Trip.of(event.aggregateId()),
                event -> event.aggregateId());
        step("car", does("car"))
                .compensate((trip, context) -> does("undo-car").run(trip, context))
                .retries(2)
                .backoff(Duration.ofMillis(10), Duration.ofMillis(50))
                .compensationRetries(2);
        when(
                trip -> trip.id().startsWith(SLOW),
                step("visa", does("visa"))
                        .compensate((trip, context) -> does("undo-visa").run(trip, context))
                        .retries(2)
                        .backoff(Duration.ofMillis(10), Duration.ofMillis(50))
                        .timeout(Duration.ofSeconds(1)));
        parallel(
                step("flight", (trip, context) -> {
                            does("flight").run(trip, context);
                            return new Trip(trip.id(), trip.insured(), "F1", trip.hotel(), trip.payment());
                        })
                        .compensate((trip, context) -> does("undo-flight").run(trip, context)),
                stepAsync("hotel", (trip, context) -> Uni.createFrom().item(() -> {
                            try {
                                does("hotel").run(trip, context);
                            } catch (Exception failed) {
                                throw new IllegalStateException(failed.getMessage(), failed);
                            }
                            return new Trip(trip.id(), trip.insured(), trip.flight(), "H1", trip.payment());
                        }))
                        .compensateAsync((trip, context) -> Uni.createFrom().item(() -> {
                            try {
                                return does("undo-hotel").run(trip, context);
                            } catch (Exception failed) {
                                throw new IllegalStateException(failed);
                            }
                        })));
        when(Trip::insured, step("insurance", does("insurance")).compensate((trip, context) -> does("undo-insurance")
                .run(trip, context)));
        await(
                        "TripPaid",
                        Paid.class,
                        Trip::id,
                        (trip, paid) ->
                                new Trip(trip.id(), trip.insured(), trip.flight(), trip.hotel(), paid.receipt()))
                .timeout(Duration.ofSeconds(20));
        step("confirm", (trip, context) -> {
            does("confirm").run(trip, context);
            context.append(new StreamId("Trip", trip.id()), NewEvent.of("TripConfirmed", "{}"));
            return null;
        });
    }

    private static SagaAction<Trip> does(String step) {
        return (trip, context) -> {
            CALLS.computeIfAbsent(trip.id(), id -> new CopyOnWriteArrayList<>())
                    .add(new Call(step, context.attempt(), context.idempotencyKey()));
            SagaAction<Trip> scripted = SCRIPT.get(trip.id() + ":" + step);
            return scripted == null ? null : scripted.run(trip, context);
        };
    }

    static List<String> steps(String trip) {
        return CALLS.getOrDefault(trip, List.of()).stream().map(Call::step).toList();
    }
}
