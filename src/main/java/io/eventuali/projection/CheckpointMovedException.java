package io.eventuali.projection;

/**
 * A checkpoint is not where its owner left it, so nothing was written (G8): another one has taken over, or a statement that this
 * one had given up on was done after all. Whoever sees this asks where it stands.
 */
final class CheckpointMovedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CheckpointMovedException(String projection, long epoch, long position) {
        super("projection=%s epoch=%d position=%d".formatted(projection, epoch, position), null, false, false);
    }
}
