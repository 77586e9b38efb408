package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The newest events of the log, bounded in number and bytes. One thread publishes, any number reads without locks: an entry
 * knows its position, so a reader notices when the ring has moved past it, and goes back to the store.
 */
final class LiveRing {
    private final AtomicReferenceArray<LogEntry> slots;
    private final int mask;
    private final long maxBytes;
    private volatile long head;
    private volatile long floor;
    private volatile long bytes;
    private volatile int log;

    /**
     * @param capacity events held at most; rounded up to a power of two
     * @param maxBytes of memory held at most, except that the newest event is always held
     */
    LiveRing(int capacity, long maxBytes) {
        int size = Integer.highestOneBit(Math.max(2, capacity) - 1) << 1;
        this.slots = new AtomicReferenceArray<>(size);
        this.mask = size - 1;
        this.maxBytes = maxBytes;
    }

    /** Starts over, empty, at a position. */
    void reset(long position) {
        log++;
        skipTo(position);
    }

    /** Starts over behind positions of the same log that cannot be read. */
    void skipTo(long position) {
        for (int i = 0; i <= mask; i++) {
            slots.set(i, null);
        }
        bytes = 0;
        floor = position;
        head = position;
    }

    /** Adds events that follow the head without a gap. Only the publisher may call this. */
    void publish(List<StreamEvent> events) {
        long next = head;
        long low = floor;
        long size = bytes;
        for (StreamEvent event : events) {
            next++;
            if (event.globalPosition() != next) {
                throw new IllegalStateException(
                        "event %d cannot follow %d".formatted(event.globalPosition(), next - 1));
            }
            LogEntry entry = new LogEntry(event);
            size += entry.bytes();
            while (low < next - 1 && (next - low > mask + 1L || size > maxBytes)) {
                low++;
                int slot = (int) (low & mask);
                size -= slots.get(slot).bytes();
                slots.setRelease(slot, null);
            }
            slots.setRelease((int) (next & mask), entry);
        }
        // Once for all of them: until then a reader finds that an entry is gone, or does not know of it.
        floor = low;
        bytes = size;
        head = next;
    }

    /** Another number for another log: it changes before anything of that is here. */
    int log() {
        return log;
    }

    /** Position of the newest event. */
    long head() {
        return head;
    }

    /** The ring holds the events after this position. */
    long floor() {
        return floor;
    }

    /** Memory held, roughly. */
    long bytes() {
        return bytes;
    }

    /** The entry at a position, or null if the ring does not hold it. */
    LogEntry get(long position) {
        LogEntry entry = slots.getAcquire((int) (position & mask));
        return entry != null && entry.position() == position ? entry : null;
    }
}
