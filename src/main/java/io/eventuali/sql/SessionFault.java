package io.eventuali.sql;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** Which failures are those of a session, and end with it: the next statement on the same connection would fail as well. */
public final class SessionFault {
    /** Connection exceptions, an operator's intervention, and statements that this session does not know, or knows as they were. */
    private static final Set<String> CLASSES = Set.of("08", "26", "0A", "25");

    private static final String CANCELED = "57014";
    private static final String FAILED_TRANSACTION = "25P02";
    private static final String TOO_MANY_CONNECTIONS = "53300";

    private SessionFault() {}

    /** Whether a connection on which this happened should not be used again. */
    public static boolean isLasting(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException refusal) {
                return isLasting(refusal);
            }
        }
        return false;
    }

    /**
     * Whether other sessions are likely to have it as well: the server was switched off, or to read-only, or what it prepared is gone. What a
     * statement did to its own transaction is not.
     */
    public static boolean isOfOthersToo(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException refusal) {
                String state = refusal.getSqlState();
                boolean ofStatement = state != null
                        && (state.equals(FAILED_TRANSACTION)
                                || state.startsWith("0A")
                                        && !String.valueOf(refusal.getErrorMessage())
                                                .contains("cached plan"));
                return !ofStatement && isLasting(refusal);
            }
        }
        return false;
    }

    private static boolean isLasting(PgException refusal) {
        String state = refusal.getSqlState();
        return state == null
                || "FATAL".equals(refusal.getSeverity())
                || "PANIC".equals(refusal.getSeverity())
                || CLASSES.contains(state.substring(0, 2))
                || state.startsWith("57") && !state.equals(CANCELED);
    }

    /** Whether the server, the role or the database has no connection left. */
    static boolean isScarcity(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoPlaceException
                    || cause instanceof PgException refusal && TOO_MANY_CONNECTIONS.equals(refusal.getSqlState())) {
                return true;
            }
        }
        return false;
    }

    /** A place that is kept for a connection which matters more. */
    static final class NoPlaceException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoPlaceException() {
            super(
                    "the connections that are left are kept for appends, for listening and for leases",
                    null,
                    false,
                    false);
        }
    }
}
