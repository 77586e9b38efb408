package io.eventuali.event;

import java.util.Objects;

/**
 * JSON as it was sent: number text and key order are kept, because nobody parses and prints it again. Line breaks between
 * tokens become spaces, so that the text always fits on one line of an export or an SSE frame.
 *
 * <p>Holding a value does not prove that it is well-formed; {@code EventStore.append} checks that.
 *
 * @param text the JSON text, without CR or LF
 */
public record JsonText(String text) {
    /** {@code {}}, the metadata of an event that has none. */
    public static final JsonText EMPTY_OBJECT = new JsonText("{}");

    public JsonText {
        Objects.requireNonNull(text, "text");
        // Inside a JSON string a raw line break is illegal, so outside is the only place where one can be.
        if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            text = text.replace('\n', ' ').replace('\r', ' ');
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
