package io.eventuali.security;

import java.time.Duration;
import java.util.Objects;

/** A request may not be done, or not now. */
public final class AccessRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** There are no credentials, or they are wrong, used up or at their end. */
        UNAUTHENTICATED,
        /** The credentials do not allow this. */
        FORBIDDEN,
        /** The principal has asked for too much in a short time. */
        THROTTLED,
        /** The credentials are wrong, and their address has sent many such ones in a short time. */
        TOO_MANY_FAILURES,
        /** Whether the credentials are good cannot be found out now. */
        UNAVAILABLE
    }

    private final Reason reason;
    private final Duration retryAfter;

    AccessRefusedException(Reason reason, String message) {
        this(reason, message, Duration.ZERO);
    }

    AccessRefusedException(Reason reason, String message, Duration retryAfter) {
        super(Objects.requireNonNull(message, "message"), null, false, false);
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** Whether the same request may do a little later. */
    public boolean isTemporary() {
        return reason == Reason.THROTTLED || reason == Reason.UNAVAILABLE;
    }

    /** After how long it is worth to ask again; zero where it is not a matter of time. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
