package io.eventuali.http;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.ReservedStreams;
import io.eventuali.http.StreamSight.Sight;
import io.eventuali.secret.LogSecret;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.EventIdConflict;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.EventTooLargeException;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** Appends what requests ask for, within their grant; and tells in a refusal nothing of what is outside of it. */
@Singleton
class Appends {
    private final EventStore store;
    private final StreamSight sight;
    private final LogSecret secret;

    Appends(EventStore store, StreamSight sight, LogSecret secret) {
        this.store = store;
        this.sight = sight;
        this.secret = secret;
    }

    /**
     * Appends.
     *
     * @param idempotencyKey of the request, or null
     * @param names what the client calls a field that the store complains about
     */
    Uni<AppendResult> append(
            String idempotencyKey, List<StreamAppend> appends, UnaryOperator<String> names, RoutingContext context) {
        Access access = Access.of(context);
        Grant grant = access.grant();
        requireGranted(appends, grant);
        return Uni.createFrom()
                .deferred(() -> store.append(request(idempotencyKey, access, appends)))
                .onFailure(InvalidEventException.class)
                .transform(failure -> named(failure, names))
                .onFailure(EventTooLargeException.class)
                .transform(failure -> named(failure, names))
                .onFailure(EventIdConflict.class)
                .recoverWithUni(failure -> eventIdConflict(failure, grant))
                .onFailure(VersionConflict.class)
                .recoverWithUni(failure -> versionConflict(failure, grant));
    }

    private static Throwable named(InvalidEventException invalid, UnaryOperator<String> names) {
        return new InvalidEventException(names.apply(invalid.field()), invalid.rule());
    }

    private static Throwable named(EventTooLargeException tooLarge, UnaryOperator<String> names) {
        return new EventTooLargeException(names.apply(tooLarge.field()), tooLarge.limit());
    }

    private AppendRequest request(String idempotencyKey, Access access, List<StreamAppend> appends) {
        if (idempotencyKey == null) {
            return new AppendRequest(appends, Optional.empty());
        }
        IdempotencyKey.check(idempotencyKey);
        return IdempotencyKey.apply(
                idempotencyKey,
                secret.ids(LogSecret.Use.IDEMPOTENCY_KEYS),
                access.principal().text(),
                appends);
    }

    private static void requireGranted(List<StreamAppend> appends, Grant grant) {
        if (grant.isUnrestricted()) {
            return;
        }
        for (StreamAppend append : appends) {
            String aggregateType = append.stream().aggregateType();
            // A reserved stream is refused by the store, to everybody in the same words.
            if (ReservedStreams.contains(aggregateType)) {
                continue;
            }
            if (append.events().isEmpty() && !grant.acceptsAggregateType(aggregateType)) {
                throw Problems.notGranted(aggregateType);
            }
            for (NewEvent event : append.events()) {
                if (!grant.accepts(aggregateType, event.eventType())) {
                    throw Problems.notGranted(aggregateType, event.eventType());
                }
            }
        }
    }

    /**
     * What a refusal tells is made of what is granted alone: the same whether another id of the request is used by hidden events or not. That
     * an id is used, where only hidden events use it, is told to those only who would have written an event otherwise.
     */
    private Uni<AppendResult> eventIdConflict(EventIdConflict conflict, Grant grant) {
        if (grant.isUnrestricted()) {
            return Uni.createFrom().failure(Problems.eventIdConflict(conflict));
        }
        Optional<EventIdConflict.Place> seen = conflict.places().stream()
                .filter(place -> grant.accepts(place.stream().aggregateType(), place.eventType()))
                .findFirst();
        if (seen.isEmpty() && conflict.precondition().isPresent()) {
            return versionConflict(conflict.precondition().get(), grant);
        }
        UUID id = seen.map(EventIdConflict.Place::eventId).orElse(conflict.eventId());
        return Uni.createFrom().failure(Problems.eventIdConflict(id, seen));
    }

    /** Where a stream is, is known to those for whom it is there. */
    private Uni<AppendResult> versionConflict(VersionConflict conflict, Grant grant) {
        return sight.of(conflict.stream(), grant)
                .map(seen -> seen == Sight.VISIBLE
                        ? Problems.versionConflict(conflict)
                        : Problems.versionConflictUnseen(conflict))
                .chain(problem -> Uni.createFrom().failure(problem));
    }
}
