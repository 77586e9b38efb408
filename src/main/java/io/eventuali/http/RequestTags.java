package io.eventuali.http;

import io.eventuali.security.OwnPaths;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.quarkus.micrometer.runtime.HttpServerMetricsTagsContributor;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tags of the metrics about requests. A client chooses method and path, so neither becomes a tag as it was sent: the number of series
 * would be the client's to choose, and after a hundred paths Quarkus measures no others. The tag is the template of the route that
 * served the request, one value for all that none did, and a method of the standard or {@code OTHER}.
 */
@Singleton
class RequestTags implements HttpServerMetricsTagsContributor {
    static final String UNMATCHED = "/unmatched";
    private static final String OTHER = "OTHER";
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");
    private static final String REQUESTS = "http.server.requests";
    /** Not counted among requests by default. */
    private static final String MANAGEMENT = "/q/";
    /** Where Quarkus looks for the template of the route. */
    private static final String TEMPLATE = "UrlPathTemplate";

    private static final String VERTX_ROUTE = "VertxRoute";
    private static final Pattern VERTX_PARAMETER = Pattern.compile(":([^/]+)");
    private static final int BEFORE_ALL_OTHERS = Integer.MAX_VALUE;

    private final OwnPaths paths;

    RequestTags(OwnPaths paths) {
        this.paths = paths;
    }

    /** A request that is cut off before it is answered is counted by what was noted until then. */
    void begin(@Observes Filters filters) {
        filters.register(this::noteUnmatched, BEFORE_ALL_OTHERS);
    }

    private void noteUnmatched(RoutingContext request) {
        String path = request.request().path();
        if (paths.contain(request) && !paths.unprefixed(path).startsWith(MANAGEMENT)) {
            // The router of the resources puts its template in the same place later.
            ((HttpServerRequestInternal) request.request()).context().putLocal(TEMPLATE, UNMATCHED);
        }
        request.next();
    }

    @Override
    public Tags contribute(Context request) {
        if (!paths.areAll() && !paths.isOfApi(request.request().path())) {
            return Tags.empty();
        }
        String method = request.request().method().name();
        Tags tags = Tags.of("method", METHODS.contains(method) ? method : OTHER);
        String template = request.requestContextLocalData(TEMPLATE);
        return template == null || template.equals(UNMATCHED)
                ? tags.and("uri", routeOf(request.requestContextLocalData(VERTX_ROUTE)))
                : tags;
    }

    /** An application's route of Vert.x with parameters has a template, too; one without has no more than one path. */
    private static String routeOf(String route) {
        return route != null && route.indexOf(':') >= 0
                ? VERTX_PARAMETER.matcher(route).replaceAll("{$1}")
                : UNMATCHED;
    }

    /** Nothing asks for the tags of a request that was cut off; with a made-up method it is not counted. */
    @Produces
    @Singleton
    MeterFilter knownMethodsOnly() {
        return new MeterFilter() {
            @Override
            public MeterFilterReply accept(Meter.Id id) {
                String method = paths.areAll() && id.getName().equals(REQUESTS) ? id.getTag("method") : null;
                return method == null || method.equals(OTHER) || METHODS.contains(method)
                        ? MeterFilterReply.NEUTRAL
                        : MeterFilterReply.DENY;
            }
        };
    }
}
