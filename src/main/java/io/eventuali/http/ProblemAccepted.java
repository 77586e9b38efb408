package io.eventuali.http;

import io.eventuali.security.OwnPaths;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;

/**
 * Answers clients that accept problem documents only. Generators put the media type of one response into {@code Accept}, often that of an
 * error; taken literally, such a client would get {@code 406} for every success.
 */
@Singleton
class ProblemAccepted {
    /** Before resources are chosen by what the client accepts. */
    private static final int PRIORITY = 900;

    /** The lowest weight there is, so that every other type which the client names comes first. */
    private static final String JSON_LAST = "application/json;q=0.001";

    private final OwnPaths paths;

    ProblemAccepted(OwnPaths paths) {
        this.paths = paths;
    }

    void register(@Observes Filters filters) {
        filters.register(this::widen, PRIORITY);
    }

    private void widen(RoutingContext context) {
        HttpServerRequest request = context.request();
        List<String> accepted = request.headers().getAll(HttpHeaders.ACCEPT);
        if (paths.contain(context)
                && accepted.stream()
                        .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains(Problem.MEDIA_TYPE))) {
            request.headers().set(HttpHeaders.ACCEPT, String.join(", ", accepted) + ", " + JSON_LAST);
        }
        context.next();
    }
}
