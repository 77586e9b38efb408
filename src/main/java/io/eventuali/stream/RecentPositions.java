package io.eventuali.stream;

/** The newest of a growing row of positions, bounded in number; small while there are few. Safe for one writer and many readers. */
final class RecentPositions {
    private static final int INITIAL = 8;

    private final int capacity;
    private long[] positions = new long[INITIAL];
    private int first;
    private int size;

    /** @param capacity a power of two */
    RecentPositions(int capacity) {
        this.capacity = capacity;
    }

    /**
     * Adds a position, greater than all before.
     *
     * @return the position that was given up for it, or 0
     */
    synchronized long add(long position) {
        if (size == positions.length && size < capacity) {
            positions = copy(0, new long[2 * size]);
            first = 0;
        }
        if (size < positions.length) {
            positions[at(size)] = position;
            size++;
            return 0;
        }
        long forgotten = positions[first];
        positions[first] = position;
        first = at(1);
        return forgotten;
    }

    /** Those greater than {@code position}, in order. */
    synchronized long[] after(long position) {
        int from = size;
        while (from > 0 && positions[at(from - 1)] > position) {
            from--;
        }
        return copy(from, new long[size - from]);
    }

    synchronized void clear() {
        size = 0;
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
