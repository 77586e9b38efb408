package io.eventuali.store;

/** An event's data or metadata is larger than the configuration allows. Nothing was written. */
public final class EventTooLargeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String field;
    private final long limit;

    /**
     * @param field the offending field as the client knows it
     * @param limit bytes allowed
     */
    public EventTooLargeException(String field, long limit) {
        super("%s must have at most %d bytes of JSON".formatted(field, limit));
        this.field = field;
        this.limit = limit;
    }

    /** The offending field as the client knows it. */
    public String field() {
        return field;
    }

    /** Bytes allowed. */
    public long limit() {
        return limit;
    }
}
