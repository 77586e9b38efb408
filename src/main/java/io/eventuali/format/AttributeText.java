package io.eventuali.format;

import io.eventuali.event.InvalidEventException;

/**
 * What a string of a CloudEvent may hold: no control character, no half of a surrogate pair, nothing that is no character.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system">CloudEvents 1.0.2, Type System</a>
 */
final class AttributeText {
    private AttributeText() {}

    static boolean isLegal(String text) {
        return text.codePoints().allMatch(AttributeText::isLegal);
    }

    private static boolean isLegal(int character) {
        return character >= ' '
                && !(character >= 0x7F && character <= 0x9F)
                && !(character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)
                && !(character >= 0xFDD0 && character <= 0xFDEF)
                && (character & 0xFFFE) != 0xFFFE;
    }

    /** @throws InvalidEventException if the text holds what it must not */
    static String check(String attribute, String text) {
        text.codePoints().filter(character -> !isLegal(character)).findFirst().ifPresent(character -> {
            throw new InvalidEventException(
                    attribute,
                    "must not contain control characters, halves of surrogate pairs or noncharacters (found U+%04X)"
                            .formatted(character));
        });
        return text;
    }

    /** JSON without what must not be in it; within its strings, escapes say the same. */
    static String ofJson(String json) {
        if (isLegal(json)) {
            return json;
        }
        StringBuilder escaped = new StringBuilder(json.length() + 16);
        json.codePoints().forEach(character -> {
            if (isLegal(character)) {
                escaped.appendCodePoint(character);
            } else if (character < ' ') {
                // Between tokens, where it means nothing; in a string it would be no JSON.
                escaped.append(' ');
            } else {
                for (char unit : Character.toChars(character)) {
                    escaped.append("\\u%04x".formatted((int) unit));
                }
            }
        });
        return escaped.toString();
    }
}
