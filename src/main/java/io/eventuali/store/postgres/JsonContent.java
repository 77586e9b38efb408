package io.eventuali.store.postgres;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.eventuali.event.StrictJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a JSON text says, to be compared: without the order of members, without white space, and of numbers their value. No number is
 * expanded, so {@code 1e999999999} costs no more than {@code 1}. A number that the log would not take today is its text.
 */
final class JsonContent {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** The first exponent that has a digit too many. */
    private static final long LARGE = Math.round(Math.pow(10, StrictJson.MAX_EXPONENT_DIGITS));

    private JsonContent() {}

    /**
     * Whether two texts say the same.
     *
     * @param except members of the outermost objects that do not count
     * @return false, too, if one of them cannot be read, or names a member twice
     */
    static boolean same(String one, String other, Set<String> except) {
        try {
            return read(one, except).equals(read(other, except));
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static Object read(String text, Set<String> except) throws IOException {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new IOException("no JSON");
            }
            Object content = value(parser);
            if (content instanceof Map<?, ?> members) {
                members.keySet().removeAll(except);
            }
            return content;
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
            case VALUE_STRING -> parser.getText();
            // Of their own kind, so that they differ from strings.
            default -> parser.currentToken();
        };
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> members = new HashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            if (members.put(name, value(parser)) != null) {
                throw new IOException("a member is named twice");
            }
        }
        return members;
    }

    private static List<Object> array(JsonParser parser) throws IOException {
        List<Object> elements = new ArrayList<>();
        while (!parser.nextToken().isStructEnd()) {
            elements.add(value(parser));
        }
        return elements;
    }

    /** A number as its digits, without zeros at either end, and the power of ten of the last one. */
    private static Decimal number(String text) {
        int exponentAt = Math.max(text.indexOf('e'), text.indexOf('E'));
        String significand = exponentAt < 0 ? text : text.substring(0, exponentAt);
        long exponent = 0;
        if (exponentAt >= 0) {
            String digits = text.substring(exponentAt + 1).replaceFirst("^([+-]?)0+(?=.)", "$1");
            if (digits.length() > StrictJson.MAX_EXPONENT_DIGITS + 1) {
                return new Decimal(text, 0);
            }
            exponent = Long.parseLong(digits);
            if (Math.abs(exponent) >= LARGE) {
                return new Decimal(text, 0);
            }
        }
        boolean negative = significand.startsWith("-");
        int point = significand.indexOf('.');
        String digits = significand.substring(negative ? 1 : 0).replace(".", "");
        exponent -= point < 0 ? 0 : significand.length() - point - 1;
        int start = 0;
        while (start < digits.length() && digits.charAt(start) == '0') {
            start++;
        }
        if (start == digits.length()) {
            return new Decimal("0", 0);
        }
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        return new Decimal((negative ? "-" : "") + digits.substring(start, end), exponent + digits.length() - end);
    }

    private record Decimal(String digits, long exponent) {}
}
