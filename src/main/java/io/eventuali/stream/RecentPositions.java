package io.eventuali.stream;

/**
 * The newest of a growing row of positions, bounded in number; small while there are few. Safe for one writer and many readers: a
 * reader gets every position after its own, or is told that some of them were given up.
 */
final class RecentPositions {
    private static final int INITIAL = 8;

    private final int capacity;
    private long[] positions = new long[INITIAL];
    private int first;
    private int size;
    private volatile long floor;

    /**
     * @param capacity a power of two
     * @param floor the row begins after this position
     */
    RecentPositions(int capacity, long floor) {
        this.capacity = capacity;
        this.floor = floor;
    }

    /** Every position of the row after this one is here. */
    long floor() {
        return floor;
    }

    /** Adds a position, greater than all before. The oldest is given up if there is no room. */
    synchronized void add(long position) {
        if (size == positions.length && size < capacity) {
            positions = copy(0, new long[2 * size]);
            first = 0;
        }
        if (size < positions.length) {
            positions[at(size)] = position;
            size++;
            return;
        }
        floor = positions[first];
        positions[first] = position;
        first = at(1);
    }

    /** Those greater than {@code position}, in order; null if one of them was given up. */
    synchronized long[] after(long position) {
        if (position < floor) {
            return null;
        }
        int from = size;
        while (from > 0 && positions[at(from - 1)] > position) {
            from--;
        }
        return copy(from, new long[size - from]);
    }

    /** Begins anew after a position. */
    synchronized void startOver(long position) {
        size = 0;
        floor = position;
    }

    private long[] copy(int from, long[] target) {
        for (int i = from; i < size; i++) {
            target[i - from] = positions[at(i)];
        }
        return target;
    }

    private int at(int index) {
        return first + index & positions.length - 1;
    }
}
