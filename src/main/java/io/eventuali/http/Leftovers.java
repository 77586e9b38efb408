package io.eventuali.http;

import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.ext.web.RoutingContext;

/**
 * What is left of a body when its request is answered already, such as one without credentials. It is thrown away for a while, so that
 * the client reads the answer before the connection ends, or may go on using it after a small body.
 */
final class Leftovers {
    /** A body up to this size is waited for; the connection stays. */
    private static final long SMALL = 64 * 1024;

    private static final long MOST = 256 * 1024;
    private static final long MILLIS = 2_000;
    private static final long NO_ERROR = 0;

    private final RoutingContext context;
    private final HttpServerRequest request;
    private long seen;

    private Leftovers(RoutingContext context) {
        this.context = context;
        this.request = context.request();
    }

    /** Looks after the rest of the body once the request is answered. */
    static void watch(RoutingContext context) {
        if (mayHaveBody(context.request())) {
            Leftovers leftovers = new Leftovers(context);
            context.addHeadersEndHandler(sending -> leftovers.announce());
            context.addEndHandler(ended -> {
                if (ended.succeeded()) {
                    leftovers.discard();
                }
            });
        }
    }

    private static boolean mayHaveBody(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            return request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD;
        }
        return request.headers().contains(HttpHeaders.CONTENT_LENGTH)
                || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    private void announce() {
        if (!request.isEnded() && endsConnection()) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
    }

    private boolean endsConnection() {
        return request.version() != HttpVersion.HTTP_2 && !isSmall();
    }

    /** A client that waits to be told to go on may leave its body out, so that what comes next cannot be told. */
    private boolean isSmall() {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length != null
                    && Long.parseLong(length) <= SMALL
                    && !request.headers().contains(HttpHeaders.EXPECT);
        } catch (NumberFormatException tooManyDigits) {
            return false;
        }
    }

    private void discard() {
        if (request.isEnded()) {
            return;
        }
        Vertx vertx = context.vertx();
        long timer = vertx.setTimer(MILLIS, late -> cut());
        // Each handler would let the rest in by itself; a short one would be at its end before the last handler is
        // there.
        request.pause()
                .exceptionHandler(gone -> vertx.cancelTimer(timer))
                .handler(piece -> {
                    seen += piece.length();
                    if (seen > MOST) {
                        cut();
                    }
                })
                .endHandler(end -> {
                    vertx.cancelTimer(timer);
                    if (endsConnection()) {
                        request.connection().close();
                    }
                })
                .resume();
    }

    /** A stream can be ended without the others, but not while the connection was only just upgraded and its body comes as HTTP/1. */
    private void cut() {
        boolean upgrading = ((HttpServerConnection) request.connection())
                        .channelHandlerContext()
                        .pipeline()
                        .get(HttpRequestDecoder.class)
                != null;
        if (request.version() == HttpVersion.HTTP_2 && !upgrading) {
            request.response().reset(NO_ERROR);
        } else {
            request.connection().close();
        }
    }
}
