package io.eventuali.stream;

import io.eventuali.stream.ReceiverSignal.CloseReason;

/** There is no place for what was asked, or an operator took it away. */
public final class NoPlaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final CloseReason reason;

    private NoPlaceException(CloseReason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    static NoPlaceException full() {
        return new NoPlaceException(
                CloseReason.OVERLOADED, "as many streams, exports and waits are open at this replica as there may be");
    }

    static NoPlaceException takenAway() {
        return new NoPlaceException(CloseReason.UNSUBSCRIBED, "an operator has ended this");
    }

    /** How a stream says it. */
    public CloseReason reason() {
        return reason;
    }
}
