package io.eventuali.http;

import io.eventuali.format.EventJson;
import io.eventuali.store.StoreConfig;
import io.quarkiverse.resteasy.problem.HttpProblem;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Problem documents for requests that are refused before a resource sees them: for the spelling of their URL or the size of their body. */
@Singleton
class EarlyRefusals {
    /** Before the framework's own check, which closes the connection without a word. */
    private static final int PRIORITY = 1_000;

    private static final String OUR_PATHS = "/v1/";

    private final long frameworkLimit;
    private final long requestLimit;

    EarlyRefusals(
            StoreConfig config,
            @ConfigProperty(name = "quarkus.http.limits.max-body-size") Optional<MemorySize> limit) {
        this.frameworkLimit = limit.map(MemorySize::asLongValue).orElse(Long.MAX_VALUE);
        this.requestLimit = config.limits().requestBytes().asLongValue();
    }

    void measure(@Observes Filters filters) {
        filters.register(this::measure, PRIORITY);
    }

    private void measure(RoutingContext context) {
        HttpServerRequest request = context.request();
        boolean ours = request.uri().startsWith(OUR_PATHS);
        if (ours && !isPercentEncodedUtf8(request.uri())) {
            send(context, Problems.invalid("URL", "must be percent-encoded UTF-8"));
            return;
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null) {
            if (isBeyond(length, frameworkLimit)) {
                refuse(context);
            } else {
                context.next();
            }
        } else if (ours && request.method() == HttpMethod.POST && request.version() != HttpVersion.HTTP_2) {
            // Over HTTP/2 a request that was read to its end can't be handed on; there the limit of the framework cuts
            // it.
            collect(context);
        } else {
            context.next();
        }
    }

    /** A lenient decoder would turn names of another encoding into replacement characters, and two streams into one. */
    static boolean isPercentEncodedUtf8(String uri) {
        if (uri.indexOf('%') < 0) {
            return true;
        }
        ByteBuffer decoded = ByteBuffer.allocate(uri.length());
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c != '%') {
                // Only runs of encoded bytes have to be UTF-8; what is in between ends a run.
                decoded.put((byte) (c < 0x80 ? c : '?'));
            } else if (i + 2 < uri.length() && isHex(uri.charAt(i + 1)) && isHex(uri.charAt(i + 2))) {
                decoded.put((byte) Integer.parseInt(uri, i + 1, i + 3, 16));
                i += 2;
            } else {
                return false;
            }
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(decoded.flip());
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    private static boolean isHex(char c) {
        return Character.digit(c, 16) >= 0 && c < 0x80;
    }

    private static boolean isBeyond(String length, long limit) {
        try {
            return Long.parseLong(length) > limit;
        } catch (NumberFormatException tooManyDigits) {
            return true;
        }
    }

    /** Reads a body of unknown length, which may never end, no further than the limit. */
    private void collect(RoutingContext context) {
        HttpServerRequest request = context.request();
        Buffer body = Buffer.buffer();
        request.handler(piece -> {
            if (context.response().ended()) {
                return;
            }
            body.appendBuffer(piece);
            if (body.length() > requestLimit) {
                refuse(context);
            }
        });
        request.endHandler(end -> {
            if (!context.response().ended()) {
                ((RoutingContextInternal) context).setBody(body);
                context.next();
            }
        });
    }

    private static String path(HttpServerRequest request) {
        String path = request.path();
        return path != null && path.chars().allMatch(c -> c > 0x20 && c < 0x7F) ? path : "/";
    }

    /** The rest of the body is not read, so the connection cannot be used again. */
    private void refuse(RoutingContext context) {
        context.response().putHeader(HttpHeaders.CONNECTION, "close");
        context.response().endHandler(sent -> context.request().connection().close());
        send(context, Problems.requestTooLarge(requestLimit));
    }

    /** Answers with a problem document where no resource does. */
    static void send(RoutingContext context, HttpProblem problem) {
        problem.getHeaders().forEach((name, value) -> context.response().putHeader(name, String.valueOf(value)));
        context.response()
                .setStatusCode(problem.getStatusCode())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .end(Buffer.buffer(EventJson.write(json -> {
                    json.writeStartObject();
                    json.writeStringField("type", problem.getType().toString());
                    json.writeNumberField("status", problem.getStatusCode());
                    json.writeStringField("title", problem.getTitle());
                    json.writeStringField("detail", problem.getDetail());
                    json.writeStringField("instance", path(context.request()));
                    for (var member : problem.getParameters().entrySet()) {
                        json.writeFieldName(member.getKey());
                        json.writeObject(member.getValue());
                    }
                    json.writeEndObject();
                })));
    }
}
