package io.eventuali.projection;

/** A list of documents is too long to be followed as one. */
public final class TooManyDocumentsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyDocumentsException(String projection, String prefix, int limit) {
        super("more than %d documents of the projection %s have a key that begins with \"%s\""
                .formatted(limit, projection, prefix));
    }
}
