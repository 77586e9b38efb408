package io.eventuali.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.VertxServiceProvider;
import org.jboss.logging.Logger;

/**
 * Puts a {@link WireGuard} before the framework's parsers, at each connection that a server accepts. This is the one place where the
 * framework lets its bootstrap be changed; it is found by the service loader.
 */
public final class GuardedTransport implements VertxServiceProvider {
    private static final Logger LOG = Logger.getLogger(GuardedTransport.class);

    @Override
    public void init(VertxBuilder builder) {
        if (builder.findTransport() instanceof JDKTransport) {
            builder.findTransport(new Guarded());
        } else {
            LOG.warn("HTTP is not guarded with a native transport: remove quarkus.vertx.prefer-native-transport");
        }
    }

    private static final class Guarded extends JDKTransport {
        @Override
        public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            super.configure(options, domainSocket, bootstrap);
            // What a proxy says first is no HTTP. Of which protocol a server is, is not said here; what speaks another
            // one is never refused.
            if (!options.isUseProxyProtocol()) {
                bootstrap.handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel server) {
                        server.pipeline().addLast(new Acceptor());
                    }
                });
            }
        }
    }

    /** Sees each connection as it is accepted. */
    private static final class Acceptor extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            ((Channel) accepted).pipeline().addFirst(new WireGuard());
            context.fireChannelRead(accepted);
        }
    }
}
