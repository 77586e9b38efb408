package io.eventuali.projection;

import io.eventuali.task.Failure;

/** A projection's own code, or the size of what it made, failed on an event. */
final class HandlerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_REASON = 1_000;

    private final long position;
    private final Failure reason;
    private final boolean ofDocument;

    HandlerFailure(long position, String eventType, Throwable cause) {
        this(position, eventType, Failure.kind(cause), describe(cause), cause, false);
    }

    /** @param kind a code for what went wrong, where no exception says so */
    HandlerFailure(long position, String eventType, String kind, String reason) {
        this(position, eventType, kind, reason, null, false);
    }

    private HandlerFailure(
            long position, String eventType, String kind, String reason, Throwable cause, boolean ofDocument) {
        super("event %d (%s): %s".formatted(position, eventType, reason), cause, false, false);
        this.position = position;
        this.ofDocument = ofDocument;
        // It is stored, and PostgreSQL has no NUL character.
        String storable = reason.replace('\0', ' ');
        this.reason = new Failure(kind, storable.length() > MAX_REASON ? storable.substring(0, MAX_REASON) : storable);
    }

    /**
     * The document that an event applies to does not fit the class of documents any more. Other events of other documents would fail in the
     * same way, so that the projection has to stop, whatever it does with events that fail.
     *
     * @param version of the code
     */
    static HandlerFailure ofDocument(KeyedEvent event, int version, Throwable cause) {
        String reason =
                "the document %s, as it is stored, does not fit the class of documents (%s). If the class was changed,"
                                .formatted(event.key(), describe(cause))
                        + " call version(" + (version + 1) + ") in the projection, which makes all documents anew";
        return new HandlerFailure(
                event.position(), event.event().eventType(), "document-does-not-fit", reason, cause, true);
    }

    /** Whether the stored document, and not the event, is the reason. */
    boolean isOfDocument() {
        return ofDocument;
    }

    /**
     * One of several events failed, it is not known which: found by halves, since what comes before the event that is named is tried
     * without it.
     *
     * @param from exclusive
     * @param to inclusive
     */
    static HandlerFailure somewhere(long from, long to, Throwable cause) {
        return new HandlerFailure(Math.min(from + (to - from) / 2 + 1, to), "commit", cause);
    }

    private static String describe(Throwable cause) {
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** Global position of the event. */
    long position() {
        return position;
    }

    /** What went wrong: at most 1,000 characters. */
    Failure reason() {
        return reason;
    }
}
