package io.eventuali.secret;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Ids that are made of names with a key, the same for the same name. Nobody else can work one out, and so can neither use it before nor ask
 * whether it is used.
 */
public final class DerivedIds {
    private static final long VERSION_8 = 0x8000;
    private static final long VARIANT = 1L << 63;

    private final byte[] key;

    /** Ids with this key. */
    public DerivedIds(byte[] key) {
        this.key = key.clone();
    }

    /** A UUID of version 8: 122 bits of an HMAC. */
    public UUID of(String name) {
        ByteBuffer bits = ByteBuffer.wrap(Hmac.of(key, name.getBytes(StandardCharsets.UTF_8)));
        return new UUID(bits.getLong() & ~0xF000L | VERSION_8, bits.getLong() & ~(3L << 62) | VARIANT);
    }
}
