package io.eventuali.http;

import io.eventuali.event.InvalidEventException;
import io.eventuali.saga.SagaVerbException;
import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.Challenges;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.ReservedStreamException;
import io.eventuali.store.StoreConfig;
import io.eventuali.stream.NoPlaceException;
import io.quarkiverse.resteasy.problem.HttpProblem;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Answers of the store as problem documents. Public with its mappers, because the code that Quarkus generates to call them is in
 * another class loader where Eventuali is a library.
 */
public class ProblemMappers {
    private final Duration retryAfter;

    ProblemMappers(StoreConfig config) {
        this.retryAfter = config.append().retryAfter();
    }

    @ServerExceptionMapper
    public Response invalid(InvalidEventException invalid, UriInfo uri) {
        return answer(Problems.invalid(invalid), uri);
    }

    @ServerExceptionMapper
    public Response tooLarge(EventTooLargeException tooLarge, UriInfo uri) {
        return answer(Problems.eventTooLarge(tooLarge), uri);
    }

    @ServerExceptionMapper
    public Response reserved(ReservedStreamException reserved, UriInfo uri) {
        return answer(Problems.reservedStream(reserved), uri);
    }

    @ServerExceptionMapper
    public Response verb(SagaVerbException refused, UriInfo uri) {
        return answer(Problems.verbNotAllowed(refused), uri);
    }

    @ServerExceptionMapper
    public Response store(EventStoreException failure, UriInfo uri) {
        return answer(problem(failure), uri);
    }

    /** Access that ended while a request was waiting; what is refused before is answered before resources are reached. */
    @ServerExceptionMapper
    public Response refused(AccessRefusedException refused, UriInfo uri) {
        Response problem = answer(Problems.unauthorized(refused.getMessage()), uri);
        return Response.fromResponse(problem)
                .header(Challenges.HEADER, Challenges.API_KEY)
                .build();
    }

    @ServerExceptionMapper
    public Response noPlace(NoPlaceException none, UriInfo uri) {
        return answer(Problems.noPlace(none.getMessage(), retryAfter), uri);
    }

    static Response answer(HttpProblem problem, UriInfo uri) {
        return HttpProblem.builder(problem)
                .withInstance(Problems.instance(uri.getPath()))
                .build()
                .toResponse();
    }

    private HttpProblem problem(EventStoreException failure) {
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
        if (failure instanceof EventStoreException.Unwritable) {
            // Its cause was logged where it was met.
            return Problems.internalError();
        }
        return Problems.storeUnavailable(failure.getMessage(), retryAfter);
    }
}
