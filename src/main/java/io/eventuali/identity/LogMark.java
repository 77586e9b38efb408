package io.eventuali.identity;

/**
 * What a log says of itself, in the statement that read it or appended to it.
 *
 * @param epoch which log it is
 * @param head global position of its last event, 0 when there is none
 * @param written how far its server has written its WAL, in bytes; 0 if the server does not tell. It only grows while a log is itself
 */
public record LogMark(String epoch, long head, long written) {
    /** Of a log that was not opened yet. */
    public static final LogMark NONE = new LogMark("", 0, 0);

    /** Reads what the database function {@code log_mark} gives. */
    public static LogMark parse(String text) {
        int first = text.indexOf(' ');
        int second = text.indexOf(' ', first + 1);
        return new LogMark(
                text.substring(0, first),
                Long.parseLong(text.substring(first + 1, second)),
                Long.parseLong(text.substring(second + 1)));
    }

    /** As the database functions {@code log_mark} and {@code log_follows} have it. */
    public String text() {
        return epoch + " " + head + " " + written;
    }

    /** Whether this can be what the log says later that said {@code before}. */
    boolean follows(LogMark before) {
        return epoch.equals(before.epoch) && head >= before.head && written >= before.written;
    }

    /** The furthest of what was seen of one log. */
    LogMark furthest(LogMark other) {
        return new LogMark(epoch, Math.max(head, other.head), Math.max(written, other.written));
    }
}
