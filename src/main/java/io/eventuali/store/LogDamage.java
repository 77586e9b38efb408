package io.eventuali.store;

/**
 * A stretch of the log that cannot be read: rows that are missing or there twice, that do not follow in their stream, or whose JSON is
 * none. What is before and after it is sound.
 *
 * @param first first position, inclusive
 * @param last last position, inclusive
 * @param reason what is wrong there
 */
public record LogDamage(long first, long last, Reason reason) {

    /** A place that only those know who read the log, such as that of an event which a stream has not. */
    public static final LogDamage UNKNOWN = new LogDamage(0, 0, Reason.MISSING);

    /** What is wrong. */
    public enum Reason {
        /** There is no row, though there are rows after it. */
        MISSING("missing"),
        /** Several rows have the position. */
        REPEATED("repeated"),
        /** The event does not follow the one before it in its stream. */
        OUT_OF_ORDER("out-of-order"),
        /** Data or metadata is not JSON. */
        NOT_JSON("not-json"),
        /** A name, id or time of the row is none. */
        UNREADABLE("unreadable");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** Its name on the wire. */
        public String text() {
            return text;
        }

        /** The reason of this name. */
        public static Reason of(String text) {
            for (Reason reason : values()) {
                if (reason.text.equals(text)) {
                    return reason;
                }
            }
            throw new IllegalArgumentException("no reason of this name: " + text);
        }
    }

    @Override
    public String toString() {
        return first == last
                ? "position %d is damaged: %s".formatted(first, reason.text())
                : "positions %d to %d are damaged: %s".formatted(first, last, reason.text());
    }
}
