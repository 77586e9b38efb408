package io.eventuali.projection;

/** A projection's own code, or the size of what it made, failed on an event. */
final class HandlerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_REASON = 1_000;

    private final long position;
    private final String reason;

    HandlerFailure(long position, String eventType, Throwable cause) {
        this(position, eventType, describe(cause), cause);
    }

    HandlerFailure(long position, String eventType, String reason) {
        this(position, eventType, reason, null);
    }

    private HandlerFailure(long position, String eventType, String reason, Throwable cause) {
        super("event %d (%s): %s".formatted(position, eventType, reason), cause, false, false);
        this.position = position;
        // It is stored, and PostgreSQL has no NUL character.
        String storable = reason.replace('\0', ' ');
        this.reason = storable.length() > MAX_REASON ? storable.substring(0, MAX_REASON) : storable;
    }

    private static String describe(Throwable cause) {
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** Global position of the event. */
    long position() {
        return position;
    }

    /** What went wrong, for an operator: at most 1,000 characters. */
    String reason() {
        return reason;
    }
}
