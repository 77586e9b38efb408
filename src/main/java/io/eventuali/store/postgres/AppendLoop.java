package io.eventuali.store.postgres;

import io.netty.channel.EventLoopGroup;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.spi.VertxThreadFactory;
import io.vertx.core.spi.transport.Transport;
import java.util.concurrent.TimeUnit;

/**
 * An event loop for the connection that appends, and for nothing else. On a loop that serves HTTP as well, the answer of the
 * database waits behind requests, and the database for its next batch: a quarter of its time on two cores.
 */
final class AppendLoop {
    private static final int DEFAULT_IO_RATIO = 50;

    private final EventLoopGroup loop;
    private final Context context;

    AppendLoop(Vertx vertx) {
        VertxInternal internal = (VertxInternal) vertx;
        // A Vert.x thread, so that its clients keep their context in a field instead of a thread local.
        loop = internal.transport()
                .eventLoopGroup(
                        Transport.IO_EVENT_LOOP_GROUP,
                        1,
                        task -> VertxThreadFactory.INSTANCE.newVertxThread(
                                task, "eventuali-append", false, 0, TimeUnit.NANOSECONDS),
                        DEFAULT_IO_RATIO);
        context = internal.createEventLoopContext(
                loop.next(), null, Thread.currentThread().getContextClassLoader());
    }

    Context context() {
        return context;
    }

    /** Closes what is connected through it and ends its thread. */
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
