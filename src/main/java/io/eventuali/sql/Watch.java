package io.eventuali.sql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/** Remembers when a connection was last heard of, whether it owes an answer, and whether it is in a transaction. */
final class Watch extends ChannelDuplexHandler {
    /** What ends each answer: Z, the length 5, and one of I (idle), T (in a transaction) and E (in one that has failed). */
    private static final int END_BYTES = 6;

    private static final int END_LENGTH = 5;

    private volatile long heardNanos = System.nanoTime();
    private volatile long askedNanos;
    private volatile boolean asked;
    private volatile boolean inTransaction;
    private volatile int backend;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        heardNanos = System.nanoTime();
        asked = false;
        if (message instanceof ByteBuf bytes && bytes.readableBytes() >= END_BYTES) {
            int end = bytes.writerIndex();
            if (bytes.getByte(end - END_BYTES) == 'Z' && bytes.getInt(end - END_LENGTH) == END_LENGTH) {
                inTransaction = bytes.getByte(end - 1) != 'I';
            }
        }
        super.channelRead(context, message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise written) throws Exception {
        if (!asked) {
            askedNanos = System.nanoTime();
            asked = true;
        }
        super.write(context, message, written);
    }

    /** Process of the server that works for this connection; 0 while it is not known. */
    int backend() {
        return backend;
    }

    void backend(int pid) {
        backend = pid;
    }

    /** Whether a statement or a transaction is in the middle of it. */
    boolean isInUse() {
        return inTransaction || asked;
    }

    boolean isSilentSince(long nanos) {
        return heardNanos - nanos < 0;
    }

    boolean isSilentFor(long nanos) {
        return System.nanoTime() - heardNanos > nanos;
    }

    boolean owesAnswerFor(long nanos) {
        return asked && System.nanoTime() - askedNanos > nanos;
    }
}
