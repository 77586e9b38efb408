package io.eventuali.consumer;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * Names one attempt at one event: a claim, and a position in it. Claims are random, so a token cannot be guessed.
 *
 * @param claim under which the event was handed out
 * @param position global position of the event
 */
public record Token(UUID claim, long position) {
    private static final int BYTES = 24;

    /** The token of this text; empty if it never was one. */
    public static Optional<Token> of(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (bytes.length != BYTES) {
                return Optional.empty();
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            Token token = new Token(new UUID(buffer.getLong(), buffer.getLong()), buffer.getLong());
            return token.text().equals(text) ? Optional.of(token) : Optional.empty();
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /** As it goes to the worker. */
    public String text() {
        ByteBuffer buffer = ByteBuffer.allocate(BYTES)
                .putLong(claim.getMostSignificantBits())
                .putLong(claim.getLeastSignificantBits())
                .putLong(position);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(buffer.array());
    }
}
