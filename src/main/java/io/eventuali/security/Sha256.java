package io.eventuali.security;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What is kept of a secret. The secrets are long and random, so that a plain hash is enough: there is nothing to guess. */
final class Sha256 {
    private Sha256() {}

    static byte[] of(byte[] secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
