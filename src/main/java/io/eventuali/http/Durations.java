package io.eventuali.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as parameters and bodies have them: lengths such as {@code 500ms} or {@code 2s}, and moments by RFC 3339. */
final class Durations {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s)");

    private Durations() {}

    /** A length of time; empty if the text is none. */
    static Optional<Duration> of(String text) {
        Matcher matcher = DURATION.matcher(text);
        return matcher.matches()
                ? Optional.of(Duration.of(
                        Long.parseLong(matcher.group(1)),
                        matcher.group(2).equals("s") ? ChronoUnit.SECONDS : ChronoUnit.MILLIS))
                : Optional.empty();
    }

    /** A length of time as it is read here. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    /** A point in time; empty if the text is none. */
    static Optional<Instant> moment(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException malformed) {
            return Optional.empty();
        }
    }
}
