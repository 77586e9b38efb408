package io.eventuali.http;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.ReservedStreams;
import io.eventuali.http.StreamSight.Sight;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.eventuali.security.IdempotencySecret;
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
import java.util.function.UnaryOperator;

/** Appends what requests ask for, within their grant; and tells in a refusal nothing of what is outside of it. */
@Singleton
class Appends {
    private final EventStore store;
    private final StreamSight sight;
    private final IdempotencySecret secret;

    Appends(EventStore store, StreamSight sight, IdempotencySecret secret) {
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
                .deferred(() -> request(idempotencyKey, access, appends))
                .chain(store::append)
                .onFailure(InvalidEventException.class)
                .transform(failure -> named(failure, names))
                .onFailure(EventTooLargeException.class)
                .transform(failure -> named(failure, names))
                .onFailure(EventIdConflict.class)
                .transform(failure -> eventIdConflict(failure, grant))
                .onFailure(VersionConflict.class)
                .recoverWithUni(failure -> versionConflict(failure, grant));
    }

    private static Throwable named(InvalidEventException invalid, UnaryOperator<String> names) {
        return new InvalidEventException(names.apply(invalid.field()), invalid.rule());
    }

    private static Throwable named(EventTooLargeException tooLarge, UnaryOperator<String> names) {
        return new EventTooLargeException(names.apply(tooLarge.field()), tooLarge.limit());
    }

    private Uni<AppendRequest> request(String idempotencyKey, Access access, List<StreamAppend> appends) {
        if (idempotencyKey == null) {
            return Uni.createFrom().item(new AppendRequest(appends, Optional.empty()));
        }
        IdempotencyKey.check(idempotencyKey);
        return secret.get()
                .map(bytes -> IdempotencyKey.apply(
                        idempotencyKey, bytes, access.principal().text(), appends));
    }

    private static void requireGranted(List<StreamAppend> appends, Grant grant) {
        if (grant.isUnrestricted()) {
            return;
        }
        for (StreamAppend append : appends) {
            String aggregateType = append.stream().aggregateType();
            for (NewEvent event : append.events()) {
                // A reserved stream is refused by the store, to everybody in the same words.
                if (!ReservedStreams.contains(aggregateType) && !grant.accepts(aggregateType, event.eventType())) {
                    throw Problems.notGranted(aggregateType, event.eventType());
                }
            }
        }
    }

    private static Throwable eventIdConflict(EventIdConflict conflict, Grant grant) {
        return Problems.eventIdConflict(
                conflict,
                conflict.place().filter(place -> grant.accepts(place.stream().aggregateType(), place.eventType())));
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
