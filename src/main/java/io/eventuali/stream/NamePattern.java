package io.eventuali.stream;

import com.google.re2j.Pattern;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.Names;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A name, or names, with {@code *} for any run of characters. Matching takes time linear in the length of the name, whatever
 * the pattern: no expression is evaluated that can backtrack.
 */
public final class NamePattern {
    private static final int MAX_STARS = 16;

    private final String text;
    private final Pattern wildcards;

    private NamePattern(String text, Pattern wildcards) {
        this.text = text;
        this.wildcards = wildcards;
    }

    /**
     * Reads a pattern.
     *
     * @param text 1 to 300 printable characters with at most 16 stars
     * @throws InvalidEventException if it is empty, longer, has more stars, or a character that no name can have
     */
    public static NamePattern of(String text) {
        // What can be in no name would match nothing, for ever and without a word.
        Names.check("filter", text);
        if (text.indexOf('*') < 0) {
            return new NamePattern(text, null);
        }
        if (text.chars().filter(c -> c == '*').count() > MAX_STARS) {
            throw new InvalidEventException("filter", "must have at most " + MAX_STARS + " stars");
        }
        String expression =
                Arrays.stream(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return new NamePattern(text, Pattern.compile(expression, Pattern.DOTALL));
    }

    /** Patterns as they were written. */
    public static List<String> texts(List<NamePattern> patterns) {
        return patterns.stream().map(NamePattern::toString).toList();
    }

    /** Whether the whole name fits. */
    public boolean matches(String name) {
        return wildcards == null ? text.equals(name) : wildcards.matches(name);
    }

    /** Whether it matches one name only. */
    boolean isExact() {
        return wildcards == null;
    }

    /** What every name that it matches begins with: all before the first star. */
    String prefix() {
        return wildcards == null ? text : text.substring(0, text.indexOf('*'));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NamePattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
