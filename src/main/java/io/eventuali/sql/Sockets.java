package io.eventuali.sql;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.nio.NioChannelOption;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.Connection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import java.net.SocketOption;
import jdk.net.ExtendedSocketOptions;

/** The sockets below connections, for what the client has no word. */
final class Sockets {
    private static final int KEEP_ALIVE_IDLE_SECONDS = 5;
    private static final int KEEP_ALIVE_INTERVAL_SECONDS = 2;
    private static final int KEEP_ALIVE_PROBES = 3;
    /** Name of the handler that closes a connection which says nothing while it is opened. */
    static final String OPENING = "eventuali-opening";

    /** Name that the client gives to what reads and writes its messages. */
    private static final String CODEC = "codec";

    private Sockets() {}

    static Channel of(SqlConnection connection) {
        // What a pool gives out wraps what it keeps, which wraps the socket.
        Connection inner = ((SqlConnectionInternal) connection).unwrap().unwrap();
        return ((SocketConnectionBase) inner).socket().channelHandlerContext().channel();
    }

    /**
     * Closes a socket at once. A connection's own close would wait behind the statement that is not answered, or give it back to its
     * pool; the socket's would wait until everything is sent, and for the farewell of TLS.
     */
    static void sever(Channel channel) {
        channel.eventLoop().execute(() -> {
            ChannelHandlerContext first = channel.pipeline().firstContext();
            if (first != null) {
                first.close();
            }
        });
    }

    /** Has a connection watched, behind what decrypts it. */
    static void watch(Channel channel, Watch watch) {
        channel.pipeline().addBefore(CODEC, null, watch);
    }

    /** From here on statements have limits of their own, and a connection may be idle. */
    static void established(Channel channel) {
        if (channel.pipeline().get(OPENING) != null) {
            channel.pipeline().remove(OPENING);
        }
        // Where the system has them; what depends on an answer has a time limit besides.
        set(channel, ExtendedSocketOptions.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_SECONDS);
        set(channel, ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEP_ALIVE_INTERVAL_SECONDS);
        set(channel, ExtendedSocketOptions.TCP_KEEPCOUNT, KEEP_ALIVE_PROBES);
    }

    private static void set(Channel channel, SocketOption<Integer> option, int value) {
        channel.config().setOption(NioChannelOption.of(option), value);
    }
}
