package io.eventuali.store;

/**
 * An append names a stream that only the service itself writes ({@link io.eventuali.event.ReservedStreams}). Nothing of the request was
 * written.
 */
public final class ReservedStreamException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String aggregateType;

    /** @param aggregateType the reserved one */
    public ReservedStreamException(String aggregateType) {
        super("the aggregate type %s is reserved: only the service itself appends to its streams"
                .formatted(aggregateType));
        this.aggregateType = aggregateType;
    }

    /** The reserved aggregate type. */
    public String aggregateType() {
        return aggregateType;
    }
}
