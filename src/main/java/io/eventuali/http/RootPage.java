package io.eventuali.http;

import io.eventuali.format.EventJson;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * What the service says to somebody who opens its bare address: its name, its version, and where to go from there. It says so to everybody,
 * and nothing else; an application's own root is the application's.
 */
@Singleton
class RootPage {
    /** After requests that are none were refused and the framework's filter for CORS, before credentials are asked for. */
    private static final int PRIORITY = 250;

    private static final Map<String, String> HEADERS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "Cache-Control", "no-cache",
            "Vary", "Accept");

    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Eventuali</title></head>
            <body>
            <h1>Eventuali %s</h1>
            <p>An event store on PostgreSQL whose every event can be followed live over Server-Sent Events.</p>
            <ul>
            <li><a href="q/openapi?format=json">The HTTP API</a>, as an OpenAPI document%s</li>
            <li><a href="q/asyncapi">Its streams and topics</a>, as an AsyncAPI document</li>
            <li><a href="q/health">Health</a></li>
            </ul>
            <p>Follow all events in a terminal:</p>
            <pre>curl -N '%s/v1/events/stream'</pre>
            <p>The guides and the reference are in the directory <code>docs</code> of the source.</p>
            </body>
            </html>
            """;

    private final boolean wholeServer;
    private final String version;

    RootPage(
            @ConfigProperty(name = "eventuali.http.whole-server", defaultValue = "true") boolean wholeServer,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.wholeServer = wholeServer;
        this.version = version;
    }

    void register(@Observes Filters filters) {
        if (wholeServer) {
            filters.register(this::answer, PRIORITY);
        }
    }

    private void answer(RoutingContext context) {
        HttpServerRequest request = context.request();
        boolean reads = request.method() == HttpMethod.GET || request.method() == HttpMethod.HEAD;
        if (!reads || !"/".equals(request.path())) {
            context.next();
            return;
        }
        boolean browser = wantsPage(request.getHeader(HttpHeaders.ACCEPT));
        Buffer body = browser ? page(request) : json();
        HEADERS.forEach(context.response()::putHeader);
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, browser ? "text/html; charset=utf-8" : "application/json")
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        if (request.method() == HttpMethod.HEAD) {
            context.response().end();
        } else {
            context.response().end(body);
        }
    }

    private static boolean wantsPage(String accept) {
        return accept != null && accept.toLowerCase(Locale.ROOT).contains("text/html");
    }

    private Buffer page(HttpServerRequest request) {
        String swagger = LaunchMode.current() == LaunchMode.DEVELOPMENT
                ? ", and <a href=\"q/swagger-ui\">to try it out</a>"
                : "";
        // What the client says about the address is not repeated, unless it can be nothing but an address.
        String authority =
                request.authority() == null ? "" : request.authority().toString();
        String base = authority.matches("[A-Za-z0-9.:\\[\\]_-]{1,255}") ? request.scheme() + "://" + authority : "";
        return Buffer.buffer(PAGE.formatted(escaped(version), swagger, base));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private Buffer json() {
        return Buffer.buffer(EventJson.write(json -> {
                    json.writeStartObject();
                    json.writeStringField("name", "Eventuali");
                    json.writeStringField("version", version);
                    json.writeStringField("openapi", "/q/openapi");
                    json.writeStringField("asyncapi", "/q/asyncapi");
                    json.writeStringField("health", "/q/health");
                    json.writeStringField("events", "/v1/events/stream");
                    json.writeEndObject();
                }))
                .appendByte((byte) '\n');
    }
}
