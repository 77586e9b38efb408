package io.eventuali.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Tells text from other bytes. */
public final class Utf8 {
    private Utf8() {}

    /** The text that the bytes are, if they are UTF-8 that the database can hold. */
    static Optional<String> text(byte[] bytes) {
        return decoded(bytes).filter(text -> text.indexOf('\0') < 0);
    }

    /** The text that the bytes are, if they are UTF-8. */
    public static Optional<String> decoded(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException binary) {
            return Optional.empty();
        }
    }
}
