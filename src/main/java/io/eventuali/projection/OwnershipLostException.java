package io.eventuali.projection;

/** Another owner has taken a generation of a projection over, under a higher epoch, or it is gone. */
final class OwnershipLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OwnershipLostException(String message) {
        super(message, null, false, false);
    }
}
