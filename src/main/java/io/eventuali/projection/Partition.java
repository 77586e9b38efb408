package io.eventuali.projection;

/**
 * A share of the keys of a projection. Which one a key belongs to depends on nothing but the key and their number, so all
 * replicas agree on it.
 *
 * @param index 0 or more, below {@code count}
 * @param count how many there are
 */
record Partition(int index, int count) {
    /** The only one. */
    static final Partition WHOLE = new Partition(0, 1);

    private static final int MIX = 0x85ebca6b;

    boolean holds(String key) {
        return count == 1 || indexOf(key, count) == index;
    }

    /** The one of {@code count} partitions that a key belongs to. Documents are stored by it: it must never change. */
    static int indexOf(String key, int count) {
        int hash = key.hashCode();
        // Keys that differ in their last digits only are spread, too.
        hash = (hash ^ hash >>> 16) * MIX;
        return Math.floorMod(hash ^ hash >>> 13, count);
    }

    /** As operators read it. */
    @Override
    public String toString() {
        return index + " of " + count;
    }
}
