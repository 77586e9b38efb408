package io.eventuali.saga;

/** An action failed, and nobody knows whether it had an effect. If the saga fails for it, the step is compensated, too. */
public class OutcomeUnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(String message, Throwable cause) {
        super(message, cause);
    }
}
