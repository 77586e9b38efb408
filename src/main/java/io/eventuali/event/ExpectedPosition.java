package io.eventuali.event;

/** What an append requires of its stream; checked while the head of the log is locked (G3). */
public sealed interface ExpectedPosition {
    /** Every position is fine. */
    ExpectedPosition ANY = new Any();

    /** The stream must not exist. */
    ExpectedPosition EMPTY = new Empty();

    /** Whether a stream at {@code actual} (0: it does not exist) satisfies this. */
    boolean accepts(long actual);

    /** The position that is required, or -1 when every one is fine. */
    long required();

    /** The stream's last event must have this position. */
    static ExpectedPosition at(long position) {
        return position == 0 ? EMPTY : new At(position);
    }

    /** Every position is fine. */
    record Any() implements ExpectedPosition {
        @Override
        public boolean accepts(long actual) {
            return true;
        }

        @Override
        public long required() {
            return -1;
        }
    }

    /** The stream must not exist. */
    record Empty() implements ExpectedPosition {
        @Override
        public boolean accepts(long actual) {
            return actual == 0;
        }

        @Override
        public long required() {
            return 0;
        }
    }

    /**
     * The stream's last event must have this position.
     *
     * @param position 1 or more
     */
    record At(long position) implements ExpectedPosition {
        public At {
            if (position < 1) {
                throw new IllegalArgumentException("a stream position is 1 or more, not " + position);
            }
        }

        @Override
        public boolean accepts(long actual) {
            return actual == position;
        }

        @Override
        public long required() {
            return position;
        }
    }
}
