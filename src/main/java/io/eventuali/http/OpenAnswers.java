package io.eventuali.http;

import io.eventuali.identity.LogReplacedException;
import io.eventuali.security.Access;
import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.AccessWatch;
import io.eventuali.stream.NoPlaceException;
import io.eventuali.stream.OutgoingBytes;
import io.eventuali.stream.Place;
import io.eventuali.stream.Places;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.StreamConfig;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Answers that stay open: each has a place of its principal, and ends with the access that it was begun with. */
@Singleton
public class OpenAnswers {
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration TICK_TIMEOUT = Duration.ofSeconds(30);

    private final Places places;
    private final AccessWatch watch;
    private final OutgoingBytes outgoing;
    private final Duration stallTimeout;
    private final Set<PacedAnswer.Pacing> paced = ConcurrentHashMap.newKeySet();
    private final Cancellable ticker;

    OpenAnswers(Places places, AccessWatch watch, OutgoingBytes outgoing, StreamConfig config, Tasks tasks) {
        this.places = places;
        this.watch = watch;
        this.outgoing = outgoing;
        this.stallTimeout = config.subscription().stallTimeout();
        this.ticker = tasks.tick("open-answers", Rhythm.steady(TICK, TICK_TIMEOUT), this::look);
    }

    void stop(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    private void look() {
        long patience = outgoing.patience(stallTimeout.toNanos());
        paced.forEach(answer -> answer.look(patience));
    }

    /**
     * Pieces of bytes, as the answer to this request and as fast as its client takes them.
     *
     * @param projection that they are about; empty for none
     * @param expected memory to take before a piece is asked for; 0 if pieces may be long in coming
     * @return fails with {@link NoPlaceException} or {@link AccessRefusedException}
     */
    public Multi<byte[]> open(
            Place.Kind kind, String projection, RoutingContext request, Multi<byte[]> pieces, long expected) {
        return new PacedAnswer(
                open(kind, projection, request, pieces),
                expected,
                outgoing,
                new ClientConnection(request.request()),
                paced);
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
        if (failure instanceof LogReplacedException) {
            return CloseReason.REPLACED;
        }
        return failure instanceof AccessRefusedException ? CloseReason.EXPIRED : CloseReason.UNAVAILABLE;
    }
}
