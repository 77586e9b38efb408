package io.eventuali.task;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/**
 * Why something failed, in two parts. What code, a database or a peer says about a failure may quote events and documents, so only those
 * who may read these are shown it. The kind is names of code alone, which every operator may see.
 *
 * @param kind the class of an exception, or a code such as {@code document-too-large}
 * @param text what it says
 */
public record Failure(String kind, String text) {
    private static final Pattern KIND = Pattern.compile("[\\w.$/-]+");
    private static final String UNKNOWN = "unknown";

    public Failure {
        if (!KIND.matcher(kind).matches()) {
            throw new IllegalArgumentException("a kind of failure has no " + kind);
        }
    }

    /** A failure that says what all of its causes say. */
    public static Failure of(Throwable failure) {
        return new Failure(kind(failure), Task.reason(failure));
    }

    /** The class of what a failure is, below what only carries it. */
    public static String kind(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getName();
    }

    /** Both parts as one text, to be kept: the kind is its first line. */
    public String stored() {
        return kind + "\n" + text;
    }

    /** What was {@linkplain #stored() stored}. A text without a kind is all text. */
    public static Failure read(String stored) {
        int end = stored.indexOf('\n');
        String kind = end < 0 ? "" : stored.substring(0, end);
        return KIND.matcher(kind).matches()
                ? new Failure(kind, stored.substring(end + 1))
                : new Failure(UNKNOWN, stored);
    }
}
