package io.eventuali.projection;

/** Another owner has taken a projection over, under a higher epoch. */
class OwnershipLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OwnershipLostException(String message) {
        super(message, null, false, false);
    }

    /** The documents were made by newer code than this replica has. */
    static final class Outdated extends OwnershipLostException {
        private static final long serialVersionUID = 1L;

        Outdated(String name, int stored, int own) {
            super("projection %s is at version %d, this replica has version %d".formatted(name, stored, own));
        }
    }
}
