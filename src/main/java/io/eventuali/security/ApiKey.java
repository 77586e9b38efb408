package io.eventuali.security;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A key of a client, by its hash. The key itself is known to the client alone.
 *
 * @param name names the client in logs and lists
 * @param hashes SHA-256 of the keys that are good now, in hexadecimal: two while they are rotated
 * @param roles what it may do
 * @param grant what it may see or append
 * @param until when it ends; empty if it does not by itself
 */
record ApiKey(String name, List<String> hashes, Set<Role> roles, Grant grant, Optional<Instant> until) {
    ApiKey {
        hashes = List.copyOf(hashes);
        roles = Set.copyOf(EnumSet.copyOf(roles));
    }

    /** Whether its end has not come. */
    boolean isGood(Instant now) {
        return until.map(now::isBefore).orElse(true);
    }

    /**
     * Which key was used.
     *
     * @param name of the client
     * @param hash of the key, in hexadecimal
     */
    record Reference(String name, String hash) {
        /** Whether it is the key with this hash. Takes as long for a near miss as for any other. */
        boolean isOf(byte[] presented) {
            return MessageDigest.isEqual(HexFormat.of().parseHex(hash), presented);
        }
    }
}
