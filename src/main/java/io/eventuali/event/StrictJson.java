package io.eventuali.event;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The JSON that the log takes, the one definition for every way in. It is RFC 8259 without what readers take differently or not at
 * all: an object names each member once, no string holds half of a surrogate pair, and numbers and member names have limits.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7493">RFC 7493, The I-JSON Message Format</a>
 */
public final class StrictJson {
    /** Longest number, in characters. Jackson reads none that is longer. */
    public static final int MAX_NUMBER_LENGTH = 1_000;

    /**
     * Longest number that has an exponent, in characters. A reader that keeps it as a {@code BigDecimal} writes it with a sign, a point and an
     * exponent of up to ten digits: what it writes must not be too long either.
     */
    public static final int MAX_EXPONENTIAL_LENGTH = MAX_NUMBER_LENGTH - 20;

    /** Digits of an exponent without leading zeros. With one more, {@code BigDecimal} does not hold the number. */
    public static final int MAX_EXPONENT_DIGITS = 9;

    /** Longest member name, in characters. Jackson reads none that is longer. */
    public static final int MAX_NAME_LENGTH = 50_000;

    private static final String MALFORMED = "must be well-formed JSON";
    private static final char BYTE_ORDER_MARK = '\uFEFF';
    private static final char END = '\0';
    /** Objects with more members compare names by a set. */
    private static final int FEW_MEMBERS = 12;

    private static final int FIRST_LEVELS = 8;

    private final char[] text;
    private final int length;
    private final int maxDepth;
    private final int envelope;
    private int at;
    private int depth;
    private boolean escaped;
    private Level[] levels;
    private String broken;

    private StrictJson(String text, int maxDepth, int envelope) {
        this.text = text.toCharArray();
        this.length = this.text.length;
        this.maxDepth = maxDepth;
        this.envelope = envelope;
    }

    /**
     * Holds a text against the rules.
     *
     * @param maxDepth levels of arrays and objects that a value may have
     * @return the first rule that is broken; empty for one JSON value that keeps all rules
     */
    public static Optional<Violation> violation(String text, int maxDepth) {
        return violation(text, maxDepth, 0);
    }

    /**
     * Holds a text against the rules.
     *
     * @param maxDepth levels of arrays and objects that a value may have
     * @param envelope further levels that are around the values
     */
    public static Optional<Violation> violation(String text, int maxDepth, int envelope) {
        StrictJson json = new StrictJson(text, maxDepth, envelope);
        return json.document() ? Optional.empty() : Optional.of(json.violation());
    }

    private boolean document() {
        if (length > 0 && text[0] == BYTE_ORDER_MARK) {
            return fail("must not begin with a byte order mark");
        }
        whitespace();
        if (at == length) {
            return fail("must be a JSON value");
        }
        while (value()) {
            while (true) {
                // A value has ended.
                whitespace();
                if (depth == 0) {
                    return at == length || fail("must be one JSON value");
                }
                Level level = levels[depth - 1];
                char next = peek();
                if (next == ',') {
                    at++;
                    whitespace();
                    if (level.object && !name(level)) {
                        return false;
                    }
                    level.index++;
                    break;
                }
                if (next != (level.object ? '}' : ']')) {
                    return fail(MALFORMED);
                }
                at++;
                depth--;
            }
        }
        return false;
    }

    /** Reads a scalar or an empty container to its end, of another container what comes before its first value. */
    private boolean value() {
        while (true) {
            char first = peek();
            switch (first) {
                case '{', '[' -> {
                    if (!open(first == '{')) {
                        return false;
                    }
                    whitespace();
                    Level level = levels[depth - 1];
                    if (peek() == (level.object ? '}' : ']')) {
                        at++;
                        depth--;
                        return true;
                    }
                    if (level.object && !name(level)) {
                        return false;
                    }
                }
                case '"' -> {
                    return string();
                }
                case 't' -> {
                    return word("true");
                }
                case 'f' -> {
                    return word("false");
                }
                case 'n' -> {
                    return word("null");
                }
                default -> {
                    return number();
                }
            }
        }
    }

    private boolean open(boolean object) {
        if (depth == maxDepth + envelope) {
            return fail("must not nest deeper than " + maxDepth + " levels");
        }
        if (levels == null) {
            levels = new Level[FIRST_LEVELS];
        } else if (depth == levels.length) {
            levels = Arrays.copyOf(levels, 2 * depth);
        }
        if (levels[depth] == null) {
            levels[depth] = new Level();
        }
        levels[depth++].begin(object);
        at++;
        return true;
    }

    /** A member's name, the colon, and the white space up to its value. */
    private boolean name(Level level) {
        level.named = false;
        if (peek() != '"') {
            return fail(MALFORMED);
        }
        int start = at + 1;
        if (!string()) {
            return false;
        }
        int end = at - 1;
        boolean hasEscapes = escaped;
        if (end - start > MAX_NAME_LENGTH) {
            level.name(start, start + MAX_NAME_LENGTH, hasEscapes);
            return fail("must not hold a member name of over " + MAX_NAME_LENGTH + " characters");
        }
        level.name(start, end, hasEscapes);
        if (!level.isNew()) {
            return fail("must name each member of an object once");
        }
        whitespace();
        if (peek() != ':') {
            return fail(MALFORMED);
        }
        at++;
        whitespace();
        return true;
    }

    private boolean string() {
        escaped = false;
        int i = at + 1;
        while (i < length) {
            char c = text[i++];
            if (c == '"') {
                at = i;
                return true;
            }
            if (c < ' ') {
                at = i - 1;
                return fail(MALFORMED);
            }
            if (c == '\\') {
                escaped = true;
                at = i;
                if (!escape()) {
                    return false;
                }
                i = at;
            } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                if (Character.isLowSurrogate(c) || i == length || !Character.isLowSurrogate(text[i])) {
                    return half();
                }
                i++;
            }
        }
        at = length;
        return fail(MALFORMED);
    }

    private boolean escape() {
        char c = peek();
        at++;
        if (c != 'u') {
            return "\"\\/bfnrt".indexOf(c) >= 0 || fail(MALFORMED);
        }
        int unit = hexadecimal();
        if (unit < 0) {
            return fail(MALFORMED);
        }
        if (Character.isHighSurrogate((char) unit)) {
            boolean second = at + 1 < length && text[at] == '\\' && text[at + 1] == 'u';
            at += 2;
            return second && Character.isLowSurrogate((char) hexadecimal()) || half();
        }
        return !Character.isLowSurrogate((char) unit) || half();
    }

    private boolean half() {
        return fail("must not hold half of a surrogate pair");
    }

    private int hexadecimal() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < length && text[at] < 0x80 ? Character.digit(text[at], 16) : -1;
            if (digit < 0) {
                return -1;
            }
            unit = 16 * unit + digit;
            at++;
        }
        return unit;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (peek() != word.charAt(i)) {
                return fail(MALFORMED);
            }
            at++;
        }
        return true;
    }

    private boolean number() {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else if (!digits()) {
            return fail(MALFORMED);
        }
        if (peek() == '.') {
            at++;
            if (!digits()) {
                return fail(MALFORMED);
            }
        }
        if ((peek() | ' ') == 'e') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            int exponent = at;
            if (!digits()) {
                return fail(MALFORMED);
            }
            while (exponent < at && text[exponent] == '0') {
                exponent++;
            }
            if (at - exponent > MAX_EXPONENT_DIGITS) {
                return fail("must not hold a number whose exponent has over " + MAX_EXPONENT_DIGITS + " digits");
            }
            if (at - start > MAX_EXPONENTIAL_LENGTH) {
                return fail(
                        "must not hold a number with an exponent of over " + MAX_EXPONENTIAL_LENGTH + " characters");
            }
        }
        return at - start <= MAX_NUMBER_LENGTH
                || fail("must not hold a number of over " + MAX_NUMBER_LENGTH + " characters");
    }

    private boolean digits() {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at > start;
    }

    private void whitespace() {
        while (at < length) {
            char c = text[at];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return;
            }
            at++;
        }
    }

    /** The next character. A NUL, which is at no place where something else is allowed, stands for the end. */
    private char peek() {
        return at < length ? text[at] : END;
    }

    private boolean fail(String rule) {
        broken = rule;
        return false;
    }

    private Violation violation() {
        List<String> path = new ArrayList<>(depth);
        for (int i = 0; i < depth; i++) {
            Level level = levels[i];
            if (!level.object) {
                path.add("[" + level.index + "]");
            } else if (level.named) {
                path.add(unescaped(level.start, level.end));
            }
        }
        int line = 1;
        int column = 1;
        for (int i = 0; i < Math.min(at, length); i++) {
            column++;
            if (text[i] == '\n') {
                line++;
                column = 1;
            }
        }
        return new Violation(path, broken, MALFORMED.equals(broken), line, column);
    }

    /** The characters that a string between two places means. */
    private String unescaped(int start, int end) {
        StringBuilder plain = new StringBuilder(end - start);
        for (int i = start; i < end; i++) {
            char c = text[i];
            if (c == '\\' && i + 1 < end) {
                i++;
                char letter = text[i];
                if (letter == 'u' && i + 4 < end) {
                    c = (char) Integer.parseInt(new String(text, i + 1, 4), 16);
                    i += 4;
                } else {
                    c = switch (letter) {
                        case 'b' -> '\b';
                        case 'f' -> '\f';
                        case 'n' -> '\n';
                        case 'r' -> '\r';
                        case 't' -> '\t';
                        default -> letter;
                    };
                }
            }
            plain.append(c);
        }
        return plain.toString();
    }

    /**
     * The first rule that a text breaks.
     *
     * @param path names of members, and indexes in brackets, that lead to the value that breaks it; empty for the text itself
     * @param rule as the end of a sentence: "must be well-formed JSON"
     * @param malformed whether it is no JSON at all
     * @param line in which the value stands that breaks it, from 1
     * @param column behind which, from 1
     */
    public record Violation(List<String> path, String rule, boolean malformed, int line, int column) {
        public Violation {
            path = List.copyOf(path);
        }

        /** The complaint about a field of a request: its name, and in the rule the place within the field. */
        public InvalidEventException in(String field) {
            return in(field, 0);
        }

        /**
         * The same.
         *
         * @param steps of the path that lead to the field
         */
        public InvalidEventException in(String field, int steps) {
            String inner = joined("", path.subList(Math.min(steps, path.size()), path.size()));
            String place = malformed
                    ? " (line %d, column %d)".formatted(line, column)
                    : inner.isEmpty() ? "" : " (at " + inner + ")";
            return new InvalidEventException(field, rule + place);
        }

        /** A name for the place that steps lead to, in the way of {@code events[0].data}, short and printable. */
        public static String joined(String start, List<String> steps) {
            StringBuilder joined = new StringBuilder(start);
            for (String step : steps) {
                joined.append(step.startsWith("[") || joined.isEmpty() ? "" : ".")
                        .append(Names.shown(step));
            }
            return joined.length() > 200 ? joined.substring(0, 200) + "…" : joined.toString();
        }
    }

    /** An array or object that is open. */
    private final class Level {
        private boolean object;
        private int index;
        private boolean named;
        private int start;
        private int end;
        private boolean nameEscaped;
        private int members;
        private int[] starts;
        private int[] ends;
        private boolean anyEscaped;
        private Set<String> names;

        void begin(boolean isObject) {
            object = isObject;
            index = 0;
            members = 0;
            named = false;
            anyEscaped = false;
            names = null;
        }

        void name(int from, int to, boolean hasEscapes) {
            named = true;
            start = from;
            end = to;
            nameEscaped = hasEscapes;
        }

        /** Whether the name is the first of its kind in this object. */
        boolean isNew() {
            anyEscaped |= nameEscaped;
            if (names != null) {
                return names.add(text());
            }
            for (int i = 0; i < members; i++) {
                if (same(starts[i], ends[i])) {
                    return false;
                }
            }
            if (members == FEW_MEMBERS) {
                names = new HashSet<>();
                for (int i = 0; i < members; i++) {
                    names.add(unescaped(starts[i], ends[i]));
                }
                return names.add(text());
            }
            if (starts == null) {
                starts = new int[FEW_MEMBERS];
                ends = new int[FEW_MEMBERS];
            }
            starts[members] = start;
            ends[members++] = end;
            return true;
        }

        private String text() {
            return nameEscaped ? unescaped(start, end) : new String(text, start, end - start);
        }

        private boolean same(int otherStart, int otherEnd) {
            if (anyEscaped) {
                return text().equals(unescaped(otherStart, otherEnd));
            }
            if (otherEnd - otherStart != end - start) {
                return false;
            }
            for (int i = start, other = otherStart; i < end; i++, other++) {
                if (text[i] != text[other]) {
                    return false;
                }
            }
            return true;
        }
    }
}
