package io.eventuali.http;

import io.eventuali.security.Access;
import io.eventuali.security.AccessWatch;
import io.eventuali.store.StoreConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.function.Function;

/**
 * Bodies of requests, gathered whole by the event loop: no thread waits for bytes of a client. It begins when a resource asks, which is
 * after the credentials were looked at, and only then is a client told to go on that waits to be told ({@code Expect: 100-continue}).
 */
@Singleton
class RequestBodies {
    /** Bodies up to this size are read by the event loop; changing the thread would cost more. */
    private static final int SMALL = 16 * 1024;

    private final BodyConfig config;
    private final StoreConfig store;
    private final MeterRegistry meters;
    private final AccessWatch watch;
    private final BodyBudget budget;

    RequestBodies(BodyConfig config, StoreConfig store, MeterRegistry meters, AccessWatch watch) {
        this.config = config;
        this.store = store;
        this.meters = meters;
        this.watch = watch;
        this.budget =
                new BodyBudget(config.budget().asLongValue(), config.share().asLongValue());
        Gauge.builder("eventuali.http.bodies", budget, BodyBudget::used)
                .baseUnit("bytes")
                .description("Memory that bodies of requests take")
                .register(meters);
    }

    /**
     * Hands the body to {@code handling} when it is whole: a small one on the event loop, a larger one on a worker thread. Its memory
     * counts until the result is there.
     *
     * @return what {@code handling} makes of it; fails with a problem if the body is too large or too slow, or there is no room for it,
     *     or its access is taken while it comes. Nothing, if the client broke off
     */
    <T> Uni<T> read(RoutingContext request, Function<byte[], Uni<T>> handling) {
        Context context = Vertx.currentContext();
        Access access = Access.of(request);
        BodyGathering gathering = new BodyGathering(
                request,
                budget,
                owner(request, access),
                ended -> watch.watch(access.permission(), ended),
                config,
                store,
                meters);
        return Uni.createFrom()
                .<byte[]>emitter(gathering::begin)
                .chain(body -> body.length <= SMALL
                        ? handling.apply(body)
                        : Uni.createFrom()
                                .item(body)
                                .emitOn(command -> onWorker(context, command))
                                .chain((byte[] whole) -> handling.apply(whole)))
                .onTermination()
                .invoke(gathering::release);
    }

    /** A body without a type is refused: any web page can make a browser send one here, without asking (CORS) first. */
    static void requireType(HttpHeaders headers) {
        if (headers.getRequestHeader(HttpHeaders.CONTENT_TYPE).isEmpty()) {
            throw Problems.unsupportedMediaType();
        }
    }

    private static void onWorker(Context context, Runnable command) {
        context.executeBlocking(
                () -> {
                    command.run();
                    return null;
                },
                false);
    }

    /** Whose share of the memory it takes. */
    private static String owner(RoutingContext request, Access access) {
        return access == Access.OPEN
                ? request.request().remoteAddress().hostAddress()
                : access.principal().text();
    }
}
