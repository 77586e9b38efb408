package io.eventuali.stream;

import io.eventuali.stream.ReceiverSignal.Events;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of what is on its way out: pieces that connections have not taken yet. A piece counts once, however many connections
 * write it, and what each connection copies of it counts for each. Where there is no room, a piece is not handed over at all: its
 * reader waits with nothing but its position, and goes on from there (G7).
 *
 * <p>Small pieces, as many as there are places, always go out. One whose last piece took long leaves the last quarter to the others.
 */
@Singleton
public class OutgoingBytes {
    /** What a connection copies of a piece at a time, at most: its network layer keeps buffers of this size at hand. */
    public static final int SLICE = 32 * 1024;

    /** A piece that a connection has not taken for so long makes it a slow one. */
    public static final long PROMPT_NANOS = Duration.ofMillis(250).toNanos();

    private static final long LEAST_PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();
    private static final int WOKEN = 2;

    private final long limit;
    private final long share;
    private final AtomicLong bytes = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();

    @Inject
    OutgoingBytes(StreamConfig config, StreamMeters meters) {
        this(
                config.streamer().outgoingBytes().asLongValue(),
                config.subscription().max());
        meters.register(this);
    }

    OutgoingBytes(long limit, int places) {
        this.limit = limit;
        this.share = limit / Math.max(1, places);
    }

    /**
     * Takes room for a piece that several connections may write.
     *
     * @param copied what this connection copies of it
     * @param slow whether this connection leaves the last quarter to the others
     * @return false if there is none
     */
    boolean hold(Events piece, long copied, boolean slow) {
        synchronized (piece) {
            boolean first = piece.holders == 0;
            boolean held = take(first ? piece.bytes() + copied : copied, slow);
            if (held) {
                piece.holders++;
            }
            return held;
        }
    }

    /** Gives back what {@link #hold} took. */
    void release(Events piece, long copied) {
        long given = copied;
        synchronized (piece) {
            piece.holders--;
            if (piece.holders == 0) {
                given += piece.bytes();
            }
        }
        give(given);
    }

    /**
     * Takes room, if there is some. What is alone gets it, whatever its size.
     *
     * @param slow whether it leaves the last quarter to the others
     */
    public boolean take(long wanted, boolean slow) {
        long now = bytes.addAndGet(wanted);
        long room = slow ? limit - limit / 4 : limit;
        if (now <= room || wanted <= share || now == wanted) {
            return true;
        }
        bytes.addAndGet(-wanted);
        return false;
    }

    /** Whether there is any room at all. */
    public boolean hasRoom(boolean slow) {
        return bytes.get() < (slow ? limit - limit / 4 : limit);
    }

    /** Counts what turned out to be larger, or smaller, than the room that was taken for it. */
    public void adjust(long more) {
        bytes.addAndGet(more);
    }

    /** Gives room back, and has some of those who wait look for it. */
    public void give(long given) {
        bytes.addAndGet(-given);
        for (int i = 0; i < WOKEN; i++) {
            Runnable next = waiting.poll();
            if (next == null) {
                return;
            }
            waitingCount.decrementAndGet();
            next.run();
        }
    }

    /** Has somebody who found no room called once, by any thread, when there may be some. */
    public void await(Runnable look) {
        waitingCount.incrementAndGet();
        waiting.add(look);
    }

    /** How long a connection is borne that takes nothing: the whole time while half is free, less and less beyond. */
    public long patience(long stallNanos) {
        long least = Math.min(stallNanos, LEAST_PATIENCE_NANOS);
        if (waitingCount.get() > 0) {
            return least;
        }
        long free = Math.max(0, limit - bytes.get());
        return free >= limit / 2 ? stallNanos : Math.max(least, (long) (stallNanos * (2.0 * free / limit)));
    }

    /** Memory of what is on its way. */
    long bytes() {
        return bytes.get();
    }

    /** How many wait for room, with nothing on its way. */
    int waiting() {
        return waitingCount.get();
    }
}
