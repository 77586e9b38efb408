package io.eventuali.saga;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Why an attempt failed.
 *
 * @param type name of the exception's class
 * @param message at most 500 characters
 * @param outcomeUnknown whether it may have had an effect all the same
 */
record ActionFailure(String type, String message, boolean outcomeUnknown) {
    private static final int MAX_MESSAGE = 500;
    private static final int MAX_CAUSES = 20;

    static ActionFailure of(Throwable thrown) {
        Throwable failure = thrown;
        while ((failure instanceof CompletionException || failure instanceof ExecutionException)
                && failure.getCause() != null) {
            failure = failure.getCause();
        }
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        return new ActionFailure(failure.getClass().getName(), shortened(message), isOutcomeUnknown(failure));
    }

    static ActionFailure unknown(String type, String message) {
        return new ActionFailure(type, shortened(message), true);
    }

    private static boolean isOutcomeUnknown(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof OutcomeUnknownException
                    || cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof io.smallrye.mutiny.TimeoutException
                    || cause instanceof InterruptedException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static String shortened(String message) {
        // A NUL is no text for PostgreSQL.
        String text = message.replace('\0', ' ');
        String shortened = text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
        // Half of a surrogate pair, which the cut may have left, would keep the failure out of the log.
        return new String(shortened.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
