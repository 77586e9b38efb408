package io.eventuali.http;

import io.eventuali.security.OwnPaths;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Serves the AsyncAPI document, beside that of OpenAPI. */
@Singleton
class AsyncApiDocument {
    private static final String PATH = "/q/asyncapi";
    private static final String RESOURCE = "/META-INF/asyncapi.yaml";
    private static final String TYPE = "application/vnd.aai.asyncapi+yaml;version=3.0.0";

    private final OwnPaths paths;

    AsyncApiDocument(OwnPaths paths) {
        this.paths = paths;
    }

    void serve(@Observes Router router) {
        if (!paths.haveApi()) {
            return;
        }
        Buffer document = read();
        router.route(PATH).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(context -> context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, TYPE)
                .end(document.copy()));
    }

    private static Buffer read() {
        try (InputStream resource = AsyncApiDocument.class.getResourceAsStream(RESOURCE)) {
            return Buffer.buffer(resource.readAllBytes());
        } catch (IOException failed) {
            throw new UncheckedIOException(RESOURCE, failed);
        }
    }
}
