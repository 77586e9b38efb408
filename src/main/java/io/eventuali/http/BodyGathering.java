package io.eventuali.http;

import io.eventuali.security.AccessRefusedException;
import io.eventuali.store.StoreConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** One body on its way. All of it happens on the event loop of its connection, but for the release. */
final class BodyGathering {
    private static final Logger LOG = Logger.getLogger(BodyGathering.class);
    private static final int FIRST_BYTES = 8 * 1024;
    private static final byte[] NOTHING = new byte[0];

    private final RoutingContext routing;
    private final HttpServerRequest request;
    private final Context context = Vertx.currentContext();
    private final Function<Consumer<AccessRefusedException>, Cancellable> watch;
    private final MeterRegistry meters;
    private final BodyBudget.Hold hold;
    private final Duration retryAfter;
    private final Duration window;
    private final long bytesPerWindow;
    private final long timeoutNanos;
    private final int limit;
    private final long begun = System.nanoTime();

    private UniEmitter<? super byte[]> emitter;
    private byte[] bytes = NOTHING;
    private int length;
    private int lengthAtLastLook;
    private long timer = -1;
    private Cancellable watched = () -> {};
    private boolean over;

    BodyGathering(
            RoutingContext routing,
            BodyBudget budget,
            String owner,
            Function<Consumer<AccessRefusedException>, Cancellable> watch,
            BodyConfig config,
            StoreConfig store,
            MeterRegistry meters) {
        this.routing = routing;
        this.request = routing.request();
        this.watch = watch;
        this.meters = meters;
        this.hold = budget.open(owner, () -> context.runOnContext(now -> makeRoom()));
        this.retryAfter = store.append().retryAfter();
        this.window = config.rateWindow();
        this.bytesPerWindow = config.minRate().asLongValue() * window.toMillis() / 1_000;
        this.timeoutNanos = config.timeout().toNanos();
        this.limit = Math.toIntExact(store.limits().requestBytes().asLongValue());
    }

    void begin(UniEmitter<? super byte[]> whole) {
        emitter = whole;
        if (announced() > limit) {
            refuse("too-large", Problems.requestTooLarge(limit));
            return;
        }
        request.exceptionHandler(this::broken).handler(this::add).endHandler(end -> complete());
        if (request.version() != HttpVersion.HTTP_1_0
                && "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            routing.response().writeContinue();
        }
        request.resume();
        if (!over) {
            timer = routing.vertx().setPeriodic(window.toMillis(), tick -> look());
            watched = watch.apply(ended -> context.runOnContext(now -> refuse("access-ended", ended)));
        }
    }

    /** The length that the headers tell, or -1. The server has looked at its syntax. */
    private long announced() {
        String header = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return header == null ? -1 : Long.parseLong(header);
        } catch (NumberFormatException tooManyDigits) {
            return Long.MAX_VALUE;
        }
    }

    private void add(Buffer piece) {
        if (over) {
            return;
        }
        if (piece.length() > limit - length) {
            refuse("too-large", Problems.requestTooLarge(limit));
        } else if (fits(length + piece.length())) {
            piece.getBytes(bytes, length);
            length += piece.length();
        } else {
            refuse("overloaded", Problems.tooManyBodies(retryAfter));
        }
    }

    /** Grows by doubling: a client may send its body byte by byte, and pieces kept one by one would take far more. */
    private boolean fits(int needed) {
        if (needed <= bytes.length) {
            return true;
        }
        long announced = announced();
        int most = announced < 0 ? limit : (int) Math.max(announced, needed);
        int size = Math.min(most, Math.max(needed, Math.max(FIRST_BYTES, 2 * bytes.length)));
        if (!hold.grow(size - bytes.length)) {
            return false;
        }
        bytes = Arrays.copyOf(bytes, size);
        return true;
    }

    private void complete() {
        if (!over) {
            end();
            hold.complete(length);
            byte[] whole = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
            bytes = NOTHING;
            emitter.complete(whole);
        }
    }

    private void look() {
        if (System.nanoTime() - begun > timeoutNanos || length - lengthAtLastLook < bytesPerWindow) {
            refuse("too-slow", Problems.bodyTooSlow());
        }
        lengthAtLastLook = length;
    }

    private void makeRoom() {
        refuse("overloaded", Problems.tooManyBodies(retryAfter));
    }

    private void refuse(String why, RuntimeException problem) {
        if (!over) {
            count(why);
            LOG.debugf(
                    "upload refused reason=%s bytes=%d peer=%s path=%s",
                    why, length, request.remoteAddress(), request.path());
            end();
            release();
            emitter.fail(problem);
        }
    }

    /** The connection is lost, or what came over it cannot be read. Nobody waits for what would become of the body. */
    private void broken(Throwable cause) {
        if (!over) {
            count("broken-off");
            LOG.debugf(
                    "upload broken off bytes=%d peer=%s path=%s: %s",
                    length, request.remoteAddress(), request.path(), cause.getMessage());
            end();
            release();
            EarlyRefusals.answerUnreadable(routing, cause);
        }
    }

    private void end() {
        over = true;
        request.handler(null).endHandler(null).exceptionHandler(null);
        routing.vertx().cancelTimer(timer);
        watched.cancel();
    }

    private void count(String why) {
        meters.counter("eventuali.http.bodies.refused", "reason", why).increment();
    }

    void release() {
        hold.release();
        bytes = NOTHING;
    }
}
