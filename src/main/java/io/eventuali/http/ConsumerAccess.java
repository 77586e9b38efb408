package io.eventuali.http;

import io.eventuali.consumer.ClaimRequest;
import io.eventuali.consumer.ConsumerStatus;
import io.eventuali.consumer.Consumers;
import io.eventuali.security.Access;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
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

    /** The consumer of this name; fails with a problem if there is none. */
    Uni<ConsumerStatus> found(String name) {
        Uni<Optional<ConsumerStatus>> found =
                isName(name) ? consumers.show(name) : Uni.createFrom().item(Optional.empty());
        return found.map(status -> status.orElseThrow(
                () -> Problems.notFound("consumer-not-found", "there is no consumer " + Problems.shown(name))));
    }

    /** Whether the request may see keys and what workers write: they may be about any event of the consumer. */
    static boolean sees(ConsumerStatus status, RoutingContext context) {
        Access access = Access.of(context);
        return access.isReader() && access.grant().coversAll(status.settings().filter());
    }

    /** The consumer, for a worker of it: fails with a problem if the worker may not see all that it gives out. */
    public Uni<ConsumerStatus> worker(String name, RoutingContext context) {
        return found(name).invoke(status -> {
            if (!Access.of(context).grant().coversAll(status.settings().filter())) {
                throw Problems.forbidden("the credentials do not grant all events that the consumer's filter accepts");
            }
        });
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
