package io.eventuali.security;

import io.eventuali.secret.Hmac;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** The seal that makes a ticket out of a secret and its end. A ticket without it was made up, which is seen without the database. */
final class TicketSeal {
    static final int SECRET_BYTES = 32;

    static final String PREFIX = "evt_";
    private static final int SEAL_BYTES = 32;
    private static final int CONTENT_BYTES = SECRET_BYTES + Long.BYTES;
    private static final int TEXT_LENGTH = PREFIX.length() + (CONTENT_BYTES + SEAL_BYTES) * 4 / 3;

    private final byte[] key;

    TicketSeal(byte[] key) {
        this.key = key.clone();
    }

    /** The ticket, as a browser gets it. */
    String seal(byte[] secret, Instant expiresAt) {
        byte[] content = ByteBuffer.allocate(CONTENT_BYTES)
                .put(secret)
                .putLong(expiresAt.getEpochSecond())
                .array();
        byte[] ticket = ByteBuffer.allocate(CONTENT_BYTES + SEAL_BYTES)
                .put(content)
                .put(sealOf(content))
                .array();
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(ticket);
    }

    /** What is in a ticket, if it has this seal. */
    Optional<Content> open(String ticket) {
        if (ticket.length() != TEXT_LENGTH || !ticket.startsWith(PREFIX)) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(ticket.substring(PREFIX.length()));
        } catch (IllegalArgumentException noBase64) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        byte[] content = new byte[CONTENT_BYTES];
        byte[] seal = new byte[SEAL_BYTES];
        buffer.get(content).get(seal);
        if (!MessageDigest.isEqual(seal, sealOf(content))) {
            return Optional.empty();
        }
        ByteBuffer opened = ByteBuffer.wrap(content);
        byte[] secret = new byte[SECRET_BYTES];
        opened.get(secret);
        return Optional.of(new Content(ByteBuffer.wrap(secret), Instant.ofEpochSecond(opened.getLong())));
    }

    private byte[] sealOf(byte[] content) {
        return Hmac.of(key, content);
    }

    /**
     * What is in a ticket.
     *
     * @param secret whose hash the database has
     * @param expiresAt by the clock of the database, in whole seconds
     */
    record Content(ByteBuffer secret, Instant expiresAt) {}
}
