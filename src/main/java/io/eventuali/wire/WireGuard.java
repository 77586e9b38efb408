package io.eventuali.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslHandler;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Looks at the bytes of a connection before the framework does, and passes them on as they are, but for three things. Where HTTP/1 is framed in a
 * way that other servers may read otherwise, the framework gets bytes that it refuses; so the client has its 400 in the order of its requests. Where
 * frames of HTTP/2 come in a flood that makes work and carries nothing, the connection ends with {@code ENHANCE_YOUR_CALM}. What the framework refuses without a word gets
 * {@linkplain BareRefusals its headers}.
 */
final class WireGuard extends ChannelDuplexHandler {
    private static final Logger LOG = Logger.getLogger(WireGuard.class);

    private final LongSupplier nanoTime;
    private final Http1Framing http1 = new Http1Framing();
    private Http2Frames http2;
    /** The beginning of a line, whose end has not come. */
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    private boolean placed;
    private boolean over;

    WireGuard() {
        this(System::nanoTime);
    }

    WireGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
        } else if (!isPlaced(context)) {
            // With TLS it belongs behind it.
            context.fireChannelRead(bytes);
        } else if (over) {
            bytes.release();
        } else if (http2 != null) {
            readFrames(context, bytes, bytes.readerIndex());
        } else {
            readRequests(context, bytes);
        }
    }

    private boolean isPlaced(ChannelHandlerContext context) {
        if (placed) {
            return true;
        }
        ChannelPipeline pipeline = context.pipeline();
        if (pipeline.get(AbstractSniHandler.class) != null) {
            return false;
        }
        SslHandler tls = pipeline.get(SslHandler.class);
        if (tls != null) {
            WireGuard behind = new WireGuard(nanoTime);
            behind.placed = true;
            pipeline.addAfter(pipeline.context(tls).name(), null, behind);
            pipeline.remove(this);
            return false;
        }
        placed = true;
        return true;
    }

    private void readRequests(ChannelHandlerContext context, ByteBuf read) {
        ByteBuf bytes = read;
        if (held.isReadable()) {
            bytes = context.alloc().buffer(held.readableBytes() + read.readableBytes());
            bytes.writeBytes(held).writeBytes(read);
            read.release();
            held.release();
            held = Unpooled.EMPTY_BUFFER;
        }
        int good = http1.read(bytes, bytes.readerIndex(), bytes.writerIndex());
        switch (http1.verdict()) {
            case MORE -> {
                if (good < bytes.writerIndex()) {
                    held = bytes.copy(good, bytes.writerIndex() - good);
                    bytes.writerIndex(good);
                }
                pass(context, bytes);
            }
            case REFUSED -> {
                over = true;
                LOG.debugf("chunk refused peer=%s", context.channel().remoteAddress());
                bytes.writerIndex(good);
                pass(context, bytes);
                context.fireChannelRead(Unpooled.wrappedBuffer(Http1Framing.NO_CHUNK));
            }
            case HTTP2 -> {
                http2 = new Http2Frames(nanoTime);
                readFrames(context, bytes, good);
            }
        }
    }

    private static void pass(ChannelHandlerContext context, ByteBuf bytes) {
        if (bytes.isReadable()) {
            context.fireChannelRead(bytes);
        } else {
            bytes.release();
        }
    }

    private void readFrames(ChannelHandlerContext context, ByteBuf bytes, int from) {
        if (http2.read(bytes, from, bytes.writerIndex())) {
            context.fireChannelRead(bytes);
            return;
        }
        over = true;
        bytes.release();
        LOG.debugf("flood of frames peer=%s", context.channel().remoteAddress());
        context.writeAndFlush(http2.goAway(context.alloc())).addListener(sent -> context.close());
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf bytes)) {
            context.write(message, promise);
        } else if (http2 != null) {
            http2.wrote(bytes);
            context.write(bytes, promise);
        } else {
            context.write(BareRefusals.complete(context.alloc(), bytes), promise);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }
}
