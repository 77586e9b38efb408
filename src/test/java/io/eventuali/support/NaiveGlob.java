package io.eventuali.support;

/** What a pattern with stars means, written down without a thought for its cost. */
public final class NaiveGlob {
    private NaiveGlob() {}

    /** Whether the whole name fits the pattern. */
    public static boolean matches(String pattern, String name) {
        if (pattern.isEmpty()) {
            return name.isEmpty();
        }
        if (pattern.charAt(0) == '*') {
            return matches(pattern.substring(1), name) || (!name.isEmpty() && matches(pattern, name.substring(1)));
        }
        return !name.isEmpty()
                && pattern.charAt(0) == name.charAt(0)
                && matches(pattern.substring(1), name.substring(1));
    }
}
