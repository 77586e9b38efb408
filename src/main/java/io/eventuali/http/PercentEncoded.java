package io.eventuali.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Text of a URL or a header: percent-encoded bytes and bytes as they are, all of them together UTF-8. A lenient decoder would turn
 * names of another encoding into replacement characters, and two streams into one.
 */
final class PercentEncoded {
    private PercentEncoded() {}

    /**
     * Decodes a text.
     *
     * @param text as the server hands it over, a character for each byte
     * @return empty if a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8
     */
    static Optional<String> decode(String text) {
        if (text.chars().allMatch(c -> c < 0x80 && c != '%')) {
            return Optional.of(text);
        }
        ByteBuffer bytes = ByteBuffer.allocate(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0xFF) {
                return Optional.empty();
            } else if (c != '%') {
                bytes.put((byte) c);
            } else if (i + 2 < text.length() && isHex(text.charAt(i + 1)) && isHex(text.charAt(i + 2))) {
                bytes.put((byte) Integer.parseInt(text, i + 1, i + 3, 16));
                i += 2;
            } else {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(
                    StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString());
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    private static boolean isHex(char c) {
        return c < 0x80 && Character.digit(c, 16) >= 0;
    }
}
