package io.eventuali.http;

import io.eventuali.security.Access;
import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.AccessWatch;
import io.eventuali.stream.NoPlaceException;
import io.eventuali.stream.Place;
import io.eventuali.stream.Places;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;

/** Answers that stay open: each has a place of its principal, and ends with the access that it was begun with. */
@Singleton
public class OpenAnswers {
    private final Places places;
    private final AccessWatch watch;

    OpenAnswers(Places places, AccessWatch watch) {
        this.places = places;
        this.watch = watch;
    }

    /**
     * The same items, as the answer to this request.
     *
     * @param projection that they are about; empty for none
     * @return fails with {@link NoPlaceException} or {@link AccessRefusedException}
     */
    public <T> Multi<T> open(Place.Kind kind, String projection, RoutingContext request, Multi<T> items) {
        Access access = Access.of(request);
        return places.on(
                kind, projection, Clients.of(request, access), watch.whilePermitted(items, access.permission()));
    }

    /** The same for one item. */
    <T> Uni<T> open(Place.Kind kind, String projection, RoutingContext request, Uni<T> item) {
        return open(kind, projection, request, item.toMulti()).toUni();
    }

    /** How a stream says that it ends with this failure. */
    public static CloseReason reason(Throwable failure) {
        if (failure instanceof NoPlaceException none) {
            return none.reason();
        }
        return failure instanceof AccessRefusedException ? CloseReason.EXPIRED : CloseReason.UNAVAILABLE;
    }
}
