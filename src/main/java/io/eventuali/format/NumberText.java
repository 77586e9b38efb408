package io.eventuali.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** A number of a tree as it stood in the text: {@code -0.0}, {@code 1e5} and {@code 1.10} are written as they were read. */
final class NumberText extends ValueNode {
    private static final long serialVersionUID = 1L;
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,10}");

    private final String text;

    NumberText(String text) {
        this.text = text;
    }

    /** The number, if it is written as an integer that has 32 bits. */
    OptionalInt integer() {
        if (!INTEGER.matcher(text).matches()) {
            return OptionalInt.empty();
        }
        long value = Long.parseLong(text);
        return value == (int) value ? OptionalInt.of((int) value) : OptionalInt.empty();
    }

    @Override
    public JsonNodeType getNodeType() {
        return JsonNodeType.NUMBER;
    }

    @Override
    public JsonToken asToken() {
        return JsonToken.VALUE_NUMBER_FLOAT;
    }

    @Override
    public String asText() {
        return text;
    }

    @Override
    public void serialize(JsonGenerator json, SerializerProvider provider) throws IOException {
        json.writeNumber(text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NumberText number && number.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
