package io.eventuali.http.sse;

import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.security.OwnPaths;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.StreamConfig;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Tells who opens a stream and is refused for a moment only to come back: after an error status a browser never would. */
@Singleton
class SseRefusals {
    private final OwnPaths paths;
    private final Duration retry;

    SseRefusals(OwnPaths paths, StreamConfig config) {
        this.paths = paths;
        this.retry = config.subscription().retry();
    }

    /** Before the handler that would answer with a problem document. */
    void register(@Observes Router router) {
        router.route().order(Integer.MIN_VALUE).failureHandler(this::answer);
    }

    private void answer(RoutingContext context) {
        if (context.failure() instanceof AccessRefusedException refused
                && refused.isTemporary()
                && opensStream(context.request())
                && !context.response().headWritten()) {
            CloseReason reason =
                    refused.reason() == Reason.THROTTLED ? CloseReason.OVERLOADED : CloseReason.UNAVAILABLE;
            byte[] frame = SseFrames.closing(new Closing(reason, 0), false, SseFrames.jittered(retry));
            HttpServerResponse response = context.response().setStatusCode(200);
            SseResource.HEADERS.forEach(response::putHeader);
            response.end(Buffer.buffer(frame));
        } else {
            context.next();
        }
    }

    private boolean opensStream(HttpServerRequest request) {
        return request.method() == HttpMethod.GET
                && paths.isOfApi(request.path())
                && request.path().endsWith("/stream");
    }
}
