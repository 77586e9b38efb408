package io.eventuali.event;

/**
 * A place in the log: just after the event with this global position. Reading from a position is exclusive.
 *
 * @param value 0 (before the first event) or more
 */
public record Position(long value) implements Comparable<Position> {
    /** Before the first event. */
    public static final Position START = new Position(0);

    public Position {
        if (value < 0) {
            throw new IllegalArgumentException("a position is 0 or more, not " + value);
        }
    }

    @Override
    public int compareTo(Position other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
