package io.eventuali.secret;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.OptionalLong;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Numbers as text that only who has the key can read or make. One block of AES has the number and as many bytes of zeros, by which a text that
 * was made up is told; the same number is always the same text.
 */
public final class SealedNumbers {
    private static final String BLOCK = "AES/ECB/NoPadding";
    private static final int BLOCK_BYTES = 16;
    private static final int TEXT_LENGTH = 22;

    private final SecretKeySpec key;

    /** @param key 32 bytes */
    SealedNumbers(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
    }

    /** The number as text: 22 characters that a URL may have. */
    public String seal(long number) {
        byte[] block = ByteBuffer.allocate(BLOCK_BYTES).putLong(number).array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(crypt(Cipher.ENCRYPT_MODE, block));
    }

    /** The number in a text; empty if it was not made with this key. */
    public OptionalLong open(String text) {
        if (text.length() != TEXT_LENGTH) {
            return OptionalLong.empty();
        }
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException noBase64) {
            return OptionalLong.empty();
        }
        ByteBuffer block = ByteBuffer.wrap(crypt(Cipher.DECRYPT_MODE, sealed));
        long number = block.getLong();
        return block.getLong() == 0 ? OptionalLong.of(number) : OptionalLong.empty();
    }

    private byte[] crypt(int mode, byte[] block) {
        try {
            Cipher cipher = Cipher.getInstance(BLOCK);
            cipher.init(mode, key);
            return cipher.doFinal(block);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
