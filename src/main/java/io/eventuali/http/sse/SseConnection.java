package io.eventuali.http.sse;

import io.eventuali.http.ClientConnection;
import io.eventuali.stream.BatchEncoder;
import io.eventuali.stream.Client;
import io.eventuali.stream.OutgoingBytes;
import io.eventuali.stream.Outlet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.impl.BufferImpl;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.ContextInternal;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One subscriber's response, as the broadcast sees it. All connections of an event loop share its thread, and with it a lane. */
final class SseConnection implements Outlet {
    private final HttpServerRequest request;
    private final Client client;
    private final ClientConnection connection;
    private final EventLoop eventLoop;
    private final BatchEncoder encoder;
    private volatile long bytes;

    SseConnection(HttpServerRequest request, Client client, Context context, BatchEncoder encoder) {
        this.request = request;
        this.client = client;
        this.connection = new ClientConnection(request);
        this.eventLoop = ((ContextInternal) context).nettyEventLoop();
        this.encoder = encoder;
    }

    /** Counts what is handed over. Called by one thread at a time. */
    byte[] sending(byte[] frames) {
        bytes += frames.length;
        return frames;
    }

    /**
     * Writes frames, a slice after the other: no more than one is copied to the network layer, so a client that takes nothing costs that
     * and a reference to bytes which all who stand at the same place share. Called by the event loop.
     *
     * @param written called with whether the connection has taken them; false once it is closed
     */
    void write(byte[] frames, Consumer<Boolean> written) {
        new Slices(frames, written).go();
    }

    @Override
    public long copied() {
        return OutgoingBytes.SLICE;
    }

    @Override
    public Executor executor() {
        return eventLoop;
    }

    @Override
    public BatchEncoder encoder() {
        return encoder;
    }

    @Override
    public Client client() {
        return client;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public long progress() {
        return connection.progress();
    }

    @Override
    public void cut() {
        connection.cut();
    }

    /** What is left of a run of bytes. */
    private final class Slices implements Handler<AsyncResult<Void>> {
        private final byte[] frames;
        private final Consumer<Boolean> written;
        private int next;
        private boolean writing;
        private boolean takenAtOnce;

        Slices(byte[] frames, Consumer<Boolean> written) {
            this.frames = frames;
            this.written = written;
        }

        /** A loop, since a connection that takes slices at once would have one call within the other. */
        void go() {
            do {
                int size = Math.min(OutgoingBytes.SLICE, frames.length - next);
                ByteBuf slice = Unpooled.wrappedBuffer(frames, next, size);
                next += size;
                takenAtOnce = false;
                writing = true;
                request.response().write(BufferImpl.buffer(slice)).onComplete(this);
                writing = false;
            } while (takenAtOnce && Breather.mayGoOn());
            if (takenAtOnce) {
                eventLoop.schedule(this::go, Breather.BREAK_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void handle(AsyncResult<Void> result) {
            if (result.failed() || next == frames.length) {
                written.accept(result.succeeded());
            } else if (writing) {
                takenAtOnce = true;
            } else {
                go();
            }
        }
    }
}
