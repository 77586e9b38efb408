package io.eventuali.kafka;

/** A record cannot become an event. The message says why, to whoever looks into the dead-letter topic. */
final class UnmappableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnmappableException(String reason) {
        super(reason, null, false, false);
    }
}
