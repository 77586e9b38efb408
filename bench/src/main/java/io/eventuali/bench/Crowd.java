package io.eventuali.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Thousands of subscribers of one server, read by one thread in large pieces. What a piece means, a {@link Protocol} finds out from
 * its end and its length, at a cost that does not depend on the events in it: the reader is to be no part of what is measured.
 */
final class Crowd implements AutoCloseable {
    private static final int PIECE = 1 << 18;
    private static final int TAIL = 24;

    private final Protocol protocol;
    private final Selector selector;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
    /** What each subscriber has, by the measure of the protocol. Written by the reading thread, read by publishers. */
    private final long[] reached;

    private final long[] bytes;
    private final byte[][] tails;

    /** How the stream of a server is to be read. */
    interface Protocol {
        /**
         * What a subscriber has after this piece.
         *
         * @param before what it had
         * @param bytes it has got in all, this piece included
         * @param piece the newest bytes, from 0 to its position
         */
        long reached(long before, long bytes, ByteBuffer piece);
    }

    /**
     * Connects the subscribers.
     *
     * @param request what each sends first
     */
    Crowd(int port, int subscribers, IntFunction<byte[]> request, Protocol protocol) throws IOException {
        this.protocol = protocol;
        this.selector = Selector.open();
        this.reached = new long[subscribers];
        this.bytes = new long[subscribers];
        this.tails = new byte[subscribers][0];
        for (int i = 0; i < subscribers; i++) {
            SocketChannel channel = SocketChannel.open();
            channels.add(channel);
            channel.connect(new InetSocketAddress("127.0.0.1", port));
            channel.write(ByteBuffer.wrap(request.apply(i)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, i);
            if (i % 64 == 63) {
                // Who is connected is not to wait for the others.
                drain();
            }
        }
    }

    /** Reads until every subscriber has at least this much; fails if that takes longer than the limit. */
    void readTo(long goal, Duration limit) throws IOException {
        int missing = 0;
        for (long one : reached) {
            missing += one < goal ? 1 : 0;
        }
        long deadline = System.nanoTime() + limit.toNanos();
        while (missing > 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(missing + " of " + reached.length + " subscribers have not got " + goal
                        + " within " + limit + ", the slowest " + slowest());
            }
            selector.select(1000);
            for (SelectionKey key : selector.selectedKeys()) {
                int subscriber = (Integer) key.attachment();
                long before = reached[subscriber];
                read((SocketChannel) key.channel(), subscriber);
                if (before < goal && reached[subscriber] >= goal) {
                    missing--;
                }
            }
            selector.selectedKeys().clear();
        }
    }

    /** Reads what there is, without waiting for more. */
    void drain() throws IOException {
        while (selector.selectNow() > 0) {
            for (SelectionKey key : selector.selectedKeys()) {
                read((SocketChannel) key.channel(), (Integer) key.attachment());
            }
            selector.selectedKeys().clear();
        }
    }

    private void read(SocketChannel channel, int subscriber) throws IOException {
        // The end of what came before is looked at again: what is looked for may have been cut in two.
        piece.clear().put(tails[subscriber]);
        int count = channel.read(piece);
        if (count < 0) {
            throw new EOFException("subscriber %d was disconnected at %d".formatted(subscriber, reached[subscriber]));
        }
        bytes[subscriber] += count;
        reached[subscriber] = protocol.reached(reached[subscriber], bytes[subscriber], piece);
        byte[] tail = new byte[Math.min(TAIL, piece.position())];
        piece.get(piece.position() - tail.length, tail);
        tails[subscriber] = tail;
    }

    /** What the slowest subscriber has; somewhat behind the truth when another thread asks. */
    long slowest() {
        long least = Long.MAX_VALUE;
        for (long one : reached) {
            least = Math.min(least, one);
        }
        return least;
    }

    /** Bytes that the subscriber has got who has got the fewest. */
    long fewestBytes() {
        return Arrays.stream(bytes).min().orElse(0);
    }

    @Override
    public void close() {
        try {
            for (SocketChannel channel : channels) {
                channel.close();
            }
            selector.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Eventuali's streams: the last id in the piece, which is the position reached, since ids only grow. */
    static long lastId(long before, long bytes, ByteBuffer piece) {
        int end = piece.position();
        int lowest = Math.max(1, end - 4096);
        for (int at = end - 5; at >= lowest; at--) {
            if (piece.get(at) == 'i'
                    && piece.get(at + 1) == 'd'
                    && piece.get(at + 2) == ':'
                    && piece.get(at - 1) == '\n') {
                long id = 0;
                int digit = at + 4;
                while (digit < end && piece.get(digit) >= '0' && piece.get(digit) <= '9') {
                    id = 10 * id + piece.get(digit) - '0';
                    digit++;
                }
                if (digit < end) {
                    return Math.max(before, id);
                }
            }
        }
        return before;
    }

    /** Whether the piece, near its end, holds this text. */
    static boolean endHolds(ByteBuffer piece, byte[] text) {
        int end = piece.position();
        for (int at = end - text.length; at >= Math.max(0, end - 1024); at--) {
            int same = 0;
            while (same < text.length && piece.get(at + same) == text[same]) {
                same++;
            }
            if (same == text.length) {
                return true;
            }
        }
        return false;
    }
}
