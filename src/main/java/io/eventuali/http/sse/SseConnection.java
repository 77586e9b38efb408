package io.eventuali.http.sse;

import io.eventuali.stream.BatchEncoder;
import io.eventuali.stream.Client;
import io.eventuali.stream.Outlet;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.Context;
import io.vertx.core.buffer.impl.BufferImpl;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http2ServerConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.impl.ContextInternal;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** One subscriber's response, as the broadcast sees it. All connections of an event loop share its thread, and with it a lane. */
final class SseConnection implements Outlet {
    private final HttpServerRequest request;
    private final Client client;
    private final HttpServerConnection connection;
    private final Executor eventLoop;
    private final BatchEncoder encoder;
    private volatile long bytes;

    SseConnection(HttpServerRequest request, Client client, Context context, BatchEncoder encoder) {
        this.request = request;
        this.client = client;
        this.connection = (HttpServerConnection) request.connection();
        this.eventLoop = ((ContextInternal) context).nettyEventLoop();
        this.encoder = encoder;
    }

    /** Counts what is handed over. Called by one thread at a time. */
    byte[] sending(byte[] frames) {
        bytes += frames.length;
        return frames;
    }

    /**
     * Writes frames without copying them.
     *
     * @param written called with whether the connection has taken them; false once it is closed
     */
    void write(byte[] frames, Consumer<Boolean> written) {
        request.response()
                .write(BufferImpl.buffer(Unpooled.wrappedBuffer(frames)))
                .onComplete(result -> written.accept(result.succeeded()));
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

    /** What waits to be written, and how far the first of it has gone. */
    @Override
    public long progress() {
        Channel channel = connection.channelHandlerContext().channel();
        ChannelOutboundBuffer unwritten = channel.unsafe().outboundBuffer();
        return unwritten == null ? 0 : 31 * unwritten.totalPendingWriteBytes() + unwritten.currentProgress();
    }

    /**
     * An orderly end would wait for ever, behind what the client has not read; closing from this context leaves out the handler
     * that waits.
     */
    @Override
    public void cut() {
        if (connection instanceof Http2ServerConnection) {
            request.response().reset();
        } else {
            connection.channelHandlerContext().close();
        }
    }
}
