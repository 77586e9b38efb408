package io.eventuali.http;

import io.eventuali.security.OwnPaths;
import io.eventuali.security.SecurityMode;
import io.eventuali.store.StoreConfig;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AttributeKey;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Problem documents for requests that are refused before a resource sees them: for the spelling of their URL, their {@code Host}, the
 * announced size of their body. A target that may be spelled in several ways goes on in one of them.
 */
@Singleton
class EarlyRefusals {
    private static final Logger LOG = Logger.getLogger(EarlyRefusals.class);
    /** Before everything else, so that credentials are held against the path that the resources see. */
    private static final int FIRST = 1_000;
    /** After authorization, and before the framework's own check of the size, which closes the connection without a word. */
    private static final int AFTER_CREDENTIALS = 50;
    /** Of handlers of failures: after those of security. */
    private static final int FAILURES = Integer.MIN_VALUE + 2;

    private static final String MANAGEMENT = "/q/";
    /** What is read only, and does not look at the method by itself. */
    private static final List<String> READ_ONLY = List.of("/q/health", "/q/metrics", "/q/openapi", "/q/asyncapi");

    /** What every answer of the API carries, every one of the endpoints for operators, and every refusal. */
    private static final Map<String, String> HEADERS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "Cache-Control", "private, no-cache");

    /** What answers of the application carry unless it says otherwise; what its pages may load is its own business. */
    private static final Map<String, String> HEADERS_OF_OTHERS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "SAMEORIGIN",
            "Referrer-Policy", "no-referrer");

    /** Set on a connection that takes no more requests. */
    private static final AttributeKey<Boolean> ENDING = AttributeKey.valueOf(EarlyRefusals.class, "ending");

    private static final Pattern MEDIA_TYPE =
            Pattern.compile("\\s*[\\w!#$%&'+.^`|~-]+/[\\w!#$%&'+.^`|~-]+\\s*(;[^,]*)?");

    /** After whatever may be found at a path. */
    private static final int LAST = Integer.MAX_VALUE;

    private final OwnPaths paths;
    private final SecurityMode mode;
    private final long frameworkLimit;
    private final long requestLimit;

    EarlyRefusals(
            OwnPaths paths,
            SecurityMode mode,
            StoreConfig config,
            @ConfigProperty(name = "quarkus.http.limits.max-body-size") Optional<MemorySize> limit) {
        this.paths = paths;
        this.mode = mode;
        this.frameworkLimit = limit.map(MemorySize::asLongValue).orElse(Long.MAX_VALUE);
        this.requestLimit = Math.min(config.limits().requestBytes().asLongValue(), frameworkLimit);
    }

    void register(@Observes Filters filters) {
        filters.register(this::admit, FIRST);
        filters.register(this::check, AFTER_CREDENTIALS);
    }

    void register(@Observes Router router) {
        router.route().order(LAST).handler(this::answerUnknown);
        if (paths.areAll()) {
            router.route().order(FAILURES).failureHandler(EarlyRefusals::answerUnroutable);
            // Routes with patterns come before all others, and fail at a path that cannot be decoded.
            router.errorHandler(HttpResponseStatus.BAD_REQUEST.code(), EarlyRefusals::answerUndecodable);
        }
        router.route().order(FAILURES + 1).failureHandler(this::answerFailure);
    }

    private void admit(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (channel(request).attr(ENDING).get() != null) {
            // What comes after a body of unknown length may be a part of it, and no request.
            request.connection().close();
            return;
        }
        boolean http2 = request.version() == HttpVersion.HTTP_2;
        // HTTP/2 knows no other form (RFC 9113).
        String target = http2 ? request.uri() : RequestTarget.originForm(request.uri());
        boolean ofApi = paths.isOfApi(target);
        if (!ofApi && !paths.contain(context)) {
            admitToApplication(context);
            return;
        }
        boolean readable;
        if (ofApi) {
            Optional<String> canonical = RequestTarget.canonical(target);
            readable = canonical.isPresent();
            target = canonical.orElse(target);
        } else {
            readable = isOriginForm(target, request) && isUri(target);
        }
        if (readable && !target.equals(request.uri())) {
            context.reroute(target);
            return;
        }
        String path = target;
        context.addHeadersEndHandler(sending -> addHeaders(path, context.response()));
        Leftovers.watch(context);
        request.exceptionHandler(cause -> answerUnreadable(context, cause));
        if (request.version() == null) {
            closeAfter(context);
            send(context, Problems.httpVersionNotSupported());
        } else if (!readable || http2 && !hasHttpScheme(request)) {
            send(context, unreadable());
        } else if (!mode.isEnabled() && hasEmptyPart(context)) {
            // With security on, credentials would come before this answer: there it is a path that cannot be
            // understood.
            send(context, Problems.notFound("not-found", "there is nothing at this path"));
        } else if (isSecondName(context, target)) {
            send(context, Problems.invalid("URL", "must have no parameters, empty parts or other spellings of /v1"));
        } else if (!hasKnownFraming(request)) {
            closeAfter(context);
            send(context, Problems.invalid("Transfer-Encoding", "must be chunked"));
        } else if (request.headers().getAll(HttpHeaders.HOST).size() > 1) {
            send(context, Problems.invalid("Host", "must occur once"));
        } else if (hasEmptyHost(request)) {
            send(context, badHost());
        } else {
            oddHeader(request).ifPresentOrElse(name -> send(context, oddHeader(name)), context::next);
        }
    }

    /** In HTTP/2 the scheme has a field of its own (RFC 9113), which nobody looks at otherwise. */
    private static boolean hasHttpScheme(HttpServerRequest request) {
        String scheme = request.scheme();
        return "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
    }

    private static boolean hasEmptyHost(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        return request.headers().getAll(HttpHeaders.HOST).stream().anyMatch(String::isBlank)
                || request.version() == HttpVersion.HTTP_2
                        && (authority == null || authority.host().isBlank());
    }

    /** Whether the router would take the path for another one, which has a name of its own. */
    private boolean isSecondName(RoutingContext context, String target) {
        String path = context.request().path();
        return RequestTarget.isDisguised(target, paths.api())
                || paths.isOfApi(context.normalizedPath())
                        && (!paths.isOfApi(path) || path.contains("//") || path.endsWith("/"));
    }

    /** The router would leave an empty part out, and take the path for another one. */
    private boolean hasEmptyPart(RoutingContext context) {
        String path = context.request().path();
        return paths.isOfApi(path) && path.contains("//");
    }

    /** What the framework would say to a request of the application's, if {@link TargetCheckSwitch} had left its check on. */
    private static void admitToApplication(RoutingContext context) {
        if (isUri(context.request().uri())) {
            context.next();
        } else {
            context.response()
                    .setStatusCode(HttpResponseStatus.BAD_REQUEST.code())
                    .end();
        }
    }

    /** Any other form is for a proxy, but for that of {@code OPTIONS} for the whole server. */
    private static boolean isOriginForm(String target, HttpServerRequest request) {
        return target.startsWith("/") || target.equals("*") && request.method() == HttpMethod.OPTIONS;
    }

    private static void closeAfter(RoutingContext context) {
        HttpServerRequest request = context.request();
        channel(request).attr(ENDING).set(true);
        context.addEndHandler(sent -> request.connection().close());
        context.response().putHeader(HttpHeaders.CONNECTION, "close");
    }

    /** A header that no server in front could have passed on by HTTP/1, where these characters end a header; HTTP/2 carries them. */
    private static Optional<String> oddHeader(HttpServerRequest request) {
        for (Map.Entry<String, String> header : request.headers()) {
            String value = header.getValue();
            if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0 || value.indexOf('\0') >= 0) {
                return Optional.of(header.getKey());
            }
        }
        return Optional.empty();
    }

    private static Problem oddHeader(String name) {
        return Problems.invalid(Problems.shown(name), "must not have CR, LF or NUL");
    }

    private static Problem badHost() {
        return Problems.invalid("Host", "must be there, and the name of a host, with its port if it has one");
    }

    /** Another encoding than chunks the server takes for no body at all, and what it encodes for the next request. */
    private static boolean hasKnownFraming(HttpServerRequest request) {
        List<String> encodings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        return encodings.isEmpty()
                || encodings.size() == 1 && HttpHeaders.CHUNKED.toString().equalsIgnoreCase(encodings.get(0));
    }

    private static Channel channel(HttpServerRequest request) {
        return ((HttpServerConnection) request.connection())
                .channelHandlerContext()
                .channel();
    }

    private static boolean isUri(String target) {
        try {
            new URI(target);
            return true;
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    private void check(RoutingContext context) {
        HttpServerRequest request = context.request();
        String path = request.path();
        if (!paths.contain(context)) {
            context.next();
        } else if (isBeyond(request.getHeader(HttpHeaders.CONTENT_LENGTH), frameworkLimit)) {
            send(context, Problems.requestTooLarge(requestLimit));
        } else if (isReadOnly(paths.unprefixed(path)) && !reads(request.method())) {
            context.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            send(context, Problems.methodNotAllowed());
        } else if (paths.isOfApi(path) && !isMediaType(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            // The framework would choose among resources by it, and fail.
            send(context, Problems.unsupportedMediaType());
        } else {
            context.next();
        }
    }

    /** Whether a Content-Type has the form of one (RFC 9110); none has, too. With a star it is a range, which no body is of. */
    private static boolean isMediaType(String text) {
        return text == null || MEDIA_TYPE.matcher(text).matches();
    }

    private static boolean isReadOnly(String path) {
        return READ_ONLY.stream().anyMatch(root -> path.equals(root) || path.startsWith(root + "/"));
    }

    private static boolean reads(HttpMethod method) {
        return method == HttpMethod.GET || method == HttpMethod.HEAD;
    }

    private static boolean isBeyond(String length, long limit) {
        try {
            return length != null && Long.parseLong(length) > limit;
        } catch (NumberFormatException tooManyDigits) {
            return true;
        }
    }

    private void addHeaders(String path, HttpServerResponse response) {
        String type = response.headers().get(HttpHeaders.CONTENT_TYPE);
        boolean refused = response.getStatusCode() >= HttpResponseStatus.BAD_REQUEST.code()
                && (type == null || type.startsWith(Problem.MEDIA_TYPE));
        // A page is of the application, or for its development.
        boolean page = type != null && type.startsWith("text/html");
        boolean ours = paths.isOfApi(path) || paths.unprefixed(path).startsWith(MANAGEMENT);
        (refused || ours && !page ? HEADERS : HEADERS_OF_OTHERS).forEach((name, value) -> {
            if (!response.headers().contains(name)) {
                response.putHeader(name, value);
            }
        });
    }

    private static Problem unreadable() {
        return Problems.invalid(
                "URL", "must be percent-encoded UTF-8, without a fragment and without . or .. as a part of its path");
    }

    private static void answerUndecodable(RoutingContext context) {
        if (!context.response().headWritten()) {
            send(context, unreadable());
        }
    }

    /** Answers what the router does not take for a request. */
    private static void answerUnroutable(RoutingContext context) {
        HttpServerRequest request = context.request();
        String path = request.path();
        if (context.response().headWritten()) {
            context.next();
        } else if (request.version() != HttpVersion.HTTP_1_0
                && !((HttpServerRequestInternal) request).isValidAuthority()) {
            send(context, badHost());
        } else if (request.uri().equals("*")) {
            send(context, Problems.notFound("not-found", "there is nothing for the server as a whole"));
        } else if (path == null || !path.startsWith("/")) {
            send(context, unreadable());
        } else {
            context.next();
        }
    }

    /**
     * Answers a request whose body turns out to be no HTTP. The server closes the connection after this, and would do so without a word;
     * so it does where the client has gone.
     */
    static void answerUnreadable(RoutingContext context, Throwable cause) {
        boolean gone = cause instanceof VertxException || cause instanceof IOException;
        if (!gone && !context.response().headWritten() && context.request().version() != HttpVersion.HTTP_2) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
            send(context, Problems.invalid("body", "must be framed as HTTP demands"));
            channel(context.request()).flush();
        }
    }

    /** Answers what failed outside of our resources, which tell their failures themselves; its reason is for the log alone. */
    private void answerFailure(RoutingContext context) {
        Throwable failure = context.failure();
        if (context.statusCode() == HttpResponseStatus.INTERNAL_SERVER_ERROR.code()
                && failure != null
                && !(failure instanceof SecurityException)
                && !context.response().headWritten()
                && paths.contain(context)) {
            LOG.error("a request failed", failure);
            send(context, Problems.internalError());
        } else {
            context.next();
        }
    }

    private void answerUnknown(RoutingContext context) {
        if (paths.contain(context)) {
            send(context, Problems.notFound("not-found", "there is nothing at this path"));
        } else {
            context.next();
        }
    }

    /** The path of a request, as a problem document names it; the root for one that is no reference, or would be that of another path. */
    static String path(HttpServerRequest request) {
        String path = request.path();
        boolean reference = path != null && path.startsWith("/") && path.chars().allMatch(c -> c > 0x20 && c < 0x7F);
        return reference && !RequestTarget.hasStep(path) ? path : "/";
    }

    /** Answers with a problem document where no resource does. */
    static void send(RoutingContext context, Problem problem) {
        problem.headers().forEach(context.response()::putHeader);
        HEADERS.forEach(context.response()::putHeader);
        byte[] json = problem.at(path(context.request())).json();
        context.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .end(Buffer.buffer(JsonAnswers.line(json, context.request().getHeader(HttpHeaders.USER_AGENT))));
    }
}
