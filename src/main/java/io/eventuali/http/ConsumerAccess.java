package io.eventuali.http;

import io.eventuali.consumer.ClaimRequest;
import io.eventuali.consumer.ConsumerSettings;
import io.eventuali.consumer.ConsumerStatus;
import io.eventuali.consumer.Consumers;
import io.eventuali.security.Access;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Who may do what with a durable consumer. */
@Singleton
public class ConsumerAccess {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Consumers consumers;

    ConsumerAccess(Consumers consumers) {
        this.consumers = consumers;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** What cannot be a name is that of no consumer, and need not be looked up. */
    static void requireName(String name) {
        if (!isName(name)) {
            throw notFound(name);
        }
    }

    private static Problem notFound(String name) {
        return Problems.notFound("consumer-not-found", "there is no consumer " + Problems.shown(name));
    }

    /** The consumer of this name; fails with a problem if there is none. */
    Uni<ConsumerStatus> found(String name) {
        return found(name, consumers::show);
    }

    /** What it wants; fails with a problem if there is no such consumer. */
    Uni<ConsumerSettings> settings(String name) {
        return found(name, consumers::settings);
    }

    private static <T> Uni<T> found(String name, Function<String, Uni<Optional<T>>> lookUp) {
        return Uni.createFrom()
                .deferred(() -> {
                    requireName(name);
                    return lookUp.apply(name);
                })
                .map(found -> found.orElseThrow(() -> notFound(name)));
    }

    /** Whether the request may see keys and what workers write: they may be about any event of the consumer. */
    static boolean sees(ConsumerSettings settings, RoutingContext context) {
        Access access = Access.of(context);
        return access.isReader() && access.grant().coversAll(settings.filter());
    }

    /** Fails with a problem if there is no such consumer, or the worker may not see all that it gives out. */
    public Uni<Void> worker(String name, RoutingContext context) {
        return settings(name)
                .invoke(settings -> {
                    if (!Access.of(context).grant().coversAll(settings.filter())) {
                        throw Problems.forbidden(
                                "the credentials do not grant all events that the consumer's filter accepts");
                    }
                })
                .replaceWithVoid();
    }

    /** What a worker asks for that claims without end. */
    public ClaimRequest claim(QueryParameters parameters, Duration patience) {
        String member = parameters.one("member").orElse("");
        ConsumerBody.requireMember(member);
        return new ClaimRequest(
                parameters.number("max", ConsumerBody.DEFAULT_CLAIM, ConsumerBody.MAX_CLAIM),
                patience,
                parameters.one("leaseFor").map(text -> ConsumerBody.lease("leaseFor", text)),
                member);
    }
}
