package io.eventuali.security;

import java.time.Instant;

/**
 * Opens one stream.
 *
 * @param ticket the secret
 * @param expiresAt when it ends if nobody uses it
 */
public record Ticket(String ticket, Instant expiresAt) {
    /** Without the secret: a record would print it. */
    @Override
    public String toString() {
        return "Ticket[expiresAt=" + expiresAt + "]";
    }
}
