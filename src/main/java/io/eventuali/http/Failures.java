package io.eventuali.http;

import io.eventuali.consumer.ConsumerException;
import io.eventuali.event.InvalidEventException;
import io.eventuali.saga.SagaVerbException;
import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.Challenges;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.ReservedStreamException;
import io.eventuali.store.StoreConfig;
import io.eventuali.stream.NoPlaceException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/** What failures of Eventuali's resources are to their clients: problem documents. Thread-safe. */
@Singleton
public class Failures {
    private static final Logger LOG = Logger.getLogger(Failures.class);

    private final Duration retryAfter;

    Failures(StoreConfig config) {
        this.retryAfter = config.append().retryAfter();
    }

    /** The answer to a request that failed like this. What nobody expects is logged here, and told to nobody else. */
    public Throwable answer(Throwable failure) {
        if (failure instanceof WebApplicationException) {
            return failure;
        }
        if (failure instanceof InvalidEventException invalid) {
            return Problems.invalid(invalid);
        }
        if (failure instanceof EventTooLargeException tooLarge) {
            return Problems.eventTooLarge(tooLarge);
        }
        if (failure instanceof ReservedStreamException reserved) {
            return Problems.reservedStream(reserved);
        }
        if (failure instanceof SagaVerbException refused) {
            return Problems.verbNotAllowed(refused);
        }
        if (failure instanceof ConsumerException of) {
            return consumer(of);
        }
        if (failure instanceof EventStoreException of) {
            return store(of);
        }
        if (failure instanceof NoPlaceException none) {
            return Problems.noPlace(none.getMessage(), retryAfter);
        }
        if (failure instanceof AccessRefusedException refused) {
            // Access that ended while a request was waiting; what is refused before is answered before resources are
            // reached.
            return Problems.unauthorized(refused.getMessage()).withHeader(Challenges.HEADER, Challenges.API_KEY);
        }
        LOG.error("a request failed", failure);
        return Problems.internalError();
    }

    private static Problem consumer(ConsumerException failure) {
        if (failure instanceof ConsumerException.ClaimLost lost) {
            return Problems.claimLost(lost);
        }
        if (failure instanceof ConsumerException.OutOfOrder outOfOrder) {
            return Problems.settledOutOfOrder(outOfOrder);
        }
        if (failure instanceof ConsumerException.TooMany tooMany) {
            return Problems.tooManyConsumers(tooMany);
        }
        return Problems.notFound("consumer-not-found", failure.getMessage());
    }

    private Problem store(EventStoreException failure) {
        if (failure instanceof EventStoreException.VersionConflict conflict) {
            return Problems.versionConflict(conflict);
        }
        if (failure instanceof EventStoreException.EventIdConflict conflict) {
            return Problems.eventIdConflict(conflict.eventId(), Optional.empty());
        }
        if (failure instanceof EventStoreException.Overloaded overloaded) {
            return Problems.overloaded(overloaded);
        }
        if (failure instanceof EventStoreException.OutcomeUnknown unknown) {
            return Problems.outcomeUnknown(unknown, retryAfter);
        }
        if (failure instanceof EventStoreException.LogDamaged damaged) {
            return Problems.logDamaged(damaged);
        }
        if (failure instanceof EventStoreException.Unwritable) {
            // Its cause was logged where it was met.
            return Problems.internalError();
        }
        return Problems.storeUnavailable(failure.getMessage(), retryAfter);
    }
}
