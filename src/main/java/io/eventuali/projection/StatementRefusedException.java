package io.eventuali.projection;

/** The database refused a statement in a way that another attempt will not change. */
final class StatementRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StatementRefusedException(Throwable cause) {
        super("the database refused: " + cause.getMessage(), cause);
    }
}
