package io.eventuali.support;

import java.util.List;
import java.util.random.RandomGenerator;

/** JSON documents as awkward as the standard allows: odd numbers, every kind of escape, repeated keys, white space anywhere. */
public final class RandomJson {
    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "1.10",
            "1e400",
            "-1E-400",
            "1e+5",
            "12345678901234567890",
            "0.30000000000000004",
            "-0.0",
            "100.00");
    private static final List<String> CHARACTERS = List.of(
            "a",
            " ",
            "/",
            "{",
            "]",
            ",",
            ":",
            "é",
            "€",
            "𝄞",
            "👩‍🚀",
            "\u2028",
            "\u0085",
            "\u007f",
            "\\\"",
            "\\\\",
            "\\/",
            "\\b",
            "\\f",
            "\\n",
            "\\r",
            "\\t",
            "\\u0000",
            "\\u00e9",
            "\\ud834\\udd1e",
            "\\ud800");
    private static final List<String> SPACES = List.of("", "", "", " ", "\t", "\n", "\r\n", "  \n ");
    private static final int MAX_DEPTH = 12;

    private final RandomGenerator random;

    /** Documents made from these numbers. */
    public RandomJson(RandomGenerator random) {
        this.random = random;
    }

    /** Any value. */
    public String value() {
        return value(0);
    }

    /** An object. */
    public String object() {
        return object(0);
    }

    /** A string with its quotes. */
    public String string() {
        StringBuilder text = new StringBuilder("\"");
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(one(CHARACTERS));
        }
        return text.append('"').toString();
    }

    /** White space, or none. */
    public String space() {
        return one(SPACES);
    }

    private String value(int depth) {
        return switch (random.nextInt(depth < MAX_DEPTH ? 8 : 6)) {
            case 0 -> "null";
            case 1 -> random.nextBoolean() ? "true" : "false";
            case 2, 3 -> one(NUMBERS);
            case 4, 5 -> string();
            case 6 -> object(depth);
            default -> array(depth);
        };
    }

    private String object(int depth) {
        StringBuilder text = new StringBuilder("{").append(space());
        for (int i = random.nextInt(4), first = i; i > 0; i--) {
            text.append(i == first ? "" : "," + space()).append(string()).append(space());
            text.append(':').append(space()).append(value(depth + 1)).append(space());
        }
        return text.append('}').toString();
    }

    private String array(int depth) {
        StringBuilder text = new StringBuilder("[").append(space());
        for (int i = random.nextInt(4), first = i; i > 0; i--) {
            text.append(i == first ? "" : "," + space())
                    .append(value(depth + 1))
                    .append(space());
        }
        return text.append(']').toString();
    }

    private String one(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
