package io.eventuali.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.Http2ServerConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.concurrent.Executor;

/** The connection that a request came on, as far as it shows whether its client takes what it is sent. */
public final class ClientConnection {
    private final HttpServerRequest request;
    private final HttpServerConnection connection;

    public ClientConnection(HttpServerRequest request) {
        this.request = request;
        this.connection = (HttpServerConnection) request.connection();
    }

    /** The event loop of the connection. */
    public Executor eventLoop() {
        return connection.channelHandlerContext().channel().eventLoop();
    }

    /** A number that changes whenever the client takes a byte: what waits to be written, and how far the first of it has gone. Called by the event loop. */
    public long progress() {
        Channel channel = connection.channelHandlerContext().channel();
        ChannelOutboundBuffer unwritten = channel.unsafe().outboundBuffer();
        return unwritten == null ? 0 : 31 * unwritten.totalPendingWriteBytes() + unwritten.currentProgress();
    }

    /**
     * Cuts the answer off. An orderly end would wait for ever, behind what the client has not read; closing from this context leaves out
     * the handler that waits. Called by the event loop.
     */
    public void cut() {
        if (connection instanceof Http2ServerConnection) {
            request.response().reset();
        } else {
            connection.channelHandlerContext().close();
        }
    }
}
