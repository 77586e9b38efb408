package io.eventuali.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.LongSupplier;

/**
 * Counts the frames of a connection of HTTP/2 that carry nothing. Each costs the server work, and none of those whom they could slow down sees
 * them. A client is let send as many at once, and a second, as ordinary ones never do; those that open a window, or
 * measure the connection by a PING, come with what is read, so their number may grow with what was written.
 */
final class Http2Frames {
    /** How many frames without content may come at once. */
    static final int BURST = 1_000;
    /** How many of them may come a second. */
    static final int RATE = 100;
    /** The same for frames that open a window. Those that measure a connection come with what is read as well, and have the other bounds. */
    static final int WINDOW_BURST = 5_000;

    static final int WINDOW_RATE = 500;
    /** How many of those one write allows, besides. */
    private static final int WINDOWS_OF_A_WRITE = 4;

    private static final int HEADER = 9;
    /** Where it stands in the header of a frame. */
    private static final int TYPE = 3;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PUSH_PROMISE = 5;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ENHANCE_YOUR_CALM = 0xb;
    private static final double NANOS = 1e9;

    private final LongSupplier nanoTime;
    private final byte[] header = new byte[HEADER];
    private final Bucket control = new Bucket(BURST, RATE);
    private final Bucket pings = new Bucket(BURST, RATE);
    private final Bucket windows = new Bucket(WINDOW_BURST, WINDOW_RATE);
    private int read;
    private long left;
    private int lastStream;

    Http2Frames(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        control.refilled = nanoTime.getAsLong();
        pings.refilled = control.refilled;
        windows.refilled = control.refilled;
    }

    /** Reads on. @return false if there are too many */
    boolean read(ByteBuf bytes, int from, int end) {
        int at = from;
        while (at < end) {
            if (left > 0) {
                int some = (int) Math.min(left, end - at);
                left -= some;
                at += some;
                continue;
            }
            header[read++] = bytes.getByte(at++);
            if (read == HEADER) {
                read = 0;
                left = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
                if (!take(header[TYPE] & 0xff, header[4])) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean take(int type, int flags) {
        switch (type) {
            case HEADERS:
                lastStream = Math.max(
                        lastStream,
                        (header[5] & 0x7f) << 24
                                | (header[6] & 0xff) << 16
                                | (header[7] & 0xff) << 8
                                | header[8] & 0xff);
                return true;
            case DATA:
                return left > 0 || (flags & END_STREAM) != 0 || control.take(nanoTime.getAsLong());
            case CONTINUATION:
                return left > 0 && (flags & END_HEADERS) != 0 || control.take(nanoTime.getAsLong());
            case PUSH_PROMISE, GOAWAY:
                return true;
            case WINDOW_UPDATE:
                return windows.take(nanoTime.getAsLong());
            case PING:
                return pings.take(nanoTime.getAsLong());
            default:
                // RST_STREAM, PRIORITY, SETTINGS, and what nobody knows.
                return control.take(nanoTime.getAsLong());
        }
    }

    /**
     * Something was written, which the client may answer by opening its windows. What answers a PING allows no other one: it is a frame of a
     * body that clients take the time of.
     */
    void wrote(ByteBuf bytes) {
        windows.add(WINDOWS_OF_A_WRITE);
        if (bytes.readableBytes() >= HEADER && bytes.getByte(bytes.readerIndex() + TYPE) == DATA) {
            pings.add(1);
        }
    }

    /** The frame that says why the connection ends. */
    ByteBuf goAway(ByteBufAllocator allocator) {
        return allocator
                .buffer(HEADER + 8)
                .writeMedium(8)
                .writeByte(GOAWAY)
                .writeByte(0)
                .writeInt(0)
                .writeInt(lastStream)
                .writeInt(ENHANCE_YOUR_CALM);
    }

    /** Frames that may come. */
    private static final class Bucket {
        private final int burst;
        private final int rate;
        private double tokens;
        private long refilled;

        Bucket(int burst, int rate) {
            this.burst = burst;
            this.rate = rate;
            this.tokens = burst;
        }

        void add(int more) {
            tokens = Math.min(burst, tokens + more);
        }

        boolean take(long now) {
            tokens = Math.min(burst, tokens + (now - refilled) / NANOS * rate);
            refilled = now;
            tokens--;
            return tokens >= 0;
        }
    }
}
