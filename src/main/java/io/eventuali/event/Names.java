package io.eventuali.event;

/**
 * The rule for every name that a client chooses (aggregate type, aggregate id, event type): what is refused here can reach
 * no SSE field, header, log line or URL later.
 */
public final class Names {
    private Names() {}

    /** Longest name that any configuration may allow: two of four-byte characters still fit one index entry of PostgreSQL. */
    static final int HARD_LIMIT = 300;

    private static final int SHOWN = 100;

    /**
     * Holds a name against the rule.
     *
     * @return the name
     * @throws InvalidEventException naming the field and the rule
     */
    public static String check(String field, String name) {
        if (name == null) {
            throw new InvalidEventException(field, "is required");
        }
        if (name.isEmpty()) {
            throw new InvalidEventException(field, "must not be empty");
        }
        if (name.length() > HARD_LIMIT) {
            throw new InvalidEventException(field, "must have at most " + HARD_LIMIT + " characters");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            // Names are mostly ASCII, and this runs for each of them that is read.
            if (c >= ' ' && c <= '~') {
                continue;
            }
            int character = name.codePointAt(i);
            if (!isPrintable(character)) {
                throw new InvalidEventException(
                        field,
                        "must not contain control, format or unpaired surrogate characters (found U+%04X)"
                                .formatted(character));
            }
            i += Character.charCount(character) - 1;
        }
        return name;
    }

    /** A name from elsewhere, as far as a message may repeat it: short, and nothing that a terminal or a log would act on. */
    static String shown(String name) {
        StringBuilder shown = new StringBuilder();
        name.codePoints()
                .limit(SHOWN)
                .forEach(character -> shown.appendCodePoint(isPrintable(character) ? character : '?'));
        return name.length() > shown.length() ? shown.append('…').toString() : shown.toString();
    }

    private static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
