package io.eventuali.support;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * JSON documents as awkward as the log takes them: odd numbers, every kind of escape, white space anywhere; and, if asked for, such as
 * it does not take.
 */
public final class RandomJson {
    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "1.10",
            "1e400",
            "-1E-400",
            "1e+5",
            "1e999999999",
            "1E-999999999",
            "9".repeat(1_000),
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
            "\\ud834\\udd1e");
    private static final List<String> ODD_NUMBERS = List.of(
            "1e2147483647",
            "1e2147483648",
            "0e99999999999",
            "-1E-99999999999",
            "1e0000000000000000000001",
            "1".repeat(1_001),
            "0." + "0".repeat(998),
            "1" + "0".repeat(900) + "e-999999999");
    private static final List<String> HALVES = List.of("\\ud800", "\\udc00", "\ud800", "\udc00");
    private static final List<String> SPACES = List.of("", "", "", " ", "\t", "\n", "\r\n", "  \n ");
    private static final int MAX_DEPTH = 12;

    private final RandomGenerator random;
    private boolean odd;

    /** Documents made from these numbers. */
    public RandomJson(RandomGenerator random) {
        this.random = random;
    }

    /** Any value. */
    public String value() {
        return value(0);
    }

    /** Any value, maybe with a name that occurs twice, half of a surrogate pair or a number out of bounds. */
    public String oddValue() {
        odd = true;
        try {
            return value(0);
        } finally {
            odd = false;
        }
    }

    /** An object. */
    public String object() {
        return object(0);
    }

    /** A string with its quotes. */
    public String string() {
        StringBuilder text = new StringBuilder("\"");
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(one(odd && random.nextInt(20) == 0 ? HALVES : CHARACTERS));
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
            case 2, 3 -> one(odd && random.nextInt(5) == 0 ? ODD_NUMBERS : NUMBERS);
            case 4, 5 -> string();
            case 6 -> object(depth);
            default -> array(depth);
        };
    }

    private String object(int depth) {
        StringBuilder text = new StringBuilder("{").append(space());
        Set<String> names = new HashSet<>();
        for (int i = random.nextInt(4), first = i; i > 0; i--) {
            String name = string();
            // Escapes make one name of two texts; numbers keep them apart.
            if (!names.add(name) || name.length() < 3 || name.indexOf('\\') >= 0) {
                name = odd ? name : name.substring(0, name.length() - 1) + "#" + names.size() + i + '"';
            }
            text.append(i == first ? "" : "," + space()).append(name).append(space());
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
