package io.eventuali.identity;

/** What was begun with one log cannot go on with another one: begin anew. */
public final class LogReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogReplacedException() {
        super("the database holds another log than before", null, false, false);
    }
}
