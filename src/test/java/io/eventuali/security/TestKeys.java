package io.eventuali.security;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Keys of tests and what configuration knows of them. */
public final class TestKeys {
    private TestKeys() {}

    /** The key of this client. */
    public static String key(String name) {
        return "evk_" + name + "-9sQ0Yk3hGf7tZx2LwPq8VdRb5NcJm1aUe4";
    }

    /** What is kept of a key. */
    public static String hash(String key) {
        return HexFormat.of().formatHex(Sha256.of(key.getBytes(StandardCharsets.UTF_8)));
    }
}
