package io.eventuali.http;

import io.vertx.ext.web.RoutingContext;

/**
 * Where a resource is, for the header {@code Location}: relative to whatever address the client used. What it says about that address
 * in {@code Host} is not repeated, since a cache or another client may read the answer.
 */
final class Locations {
    private Locations() {}

    /**
     * The path of the API, such as {@code /v1}, which an application may have put below another.
     *
     * @param parts how many parts the path of this request has after it
     */
    static String of(RoutingContext context, int parts) {
        String path = context.request().path();
        for (int i = 0; i < parts; i++) {
            path = path.substring(0, path.lastIndexOf('/'));
        }
        return path;
    }
}
