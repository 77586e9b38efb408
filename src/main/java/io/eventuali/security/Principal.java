package io.eventuali.security;

import io.eventuali.stream.Client;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;

/**
 * Who asks. Kind, issuer and subject together make the identity: a key {@code alice}, and {@code alice} at each of two providers, are
 * three principals, with a rate limit, a place in lists and a line in the audit log for each.
 *
 * @param kind which sort of credential names it
 * @param issuer the provider that signed the token; empty for a key
 * @param subject name of the key's client, or the subject that the provider gave the token's owner
 */
public record Principal(Kind kind, String issuer, String subject) {
    /** Where security is off. No key can have this name. */
    public static final Principal ANONYMOUS = new Principal(Kind.ANONYMOUS, "", Client.ANONYMOUS);

    private static final char SEPARATOR = '#';

    public Principal {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(issuer, "issuer");
        Objects.requireNonNull(subject, "subject");
    }

    /** The client of a key. */
    static Principal ofKey(String client) {
        return new Principal(Kind.KEY, "", client);
    }

    /** The owner of a token. */
    static Principal ofToken(String issuer, String subject) {
        return new Principal(Kind.TOKEN, issuer, subject);
    }

    /**
     * The principal as one word of printable ASCII, different for each: the name of a key's client as it is, and
     * {@code <issuer>#<subject>} for a token, where {@code #}, {@code %}, blanks and all that is not ASCII are percent-encoded.
     * A key's name has none of these characters, so that no token can look like a key.
     */
    public String text() {
        return kind == Kind.TOKEN ? encoded(issuer) + SEPARATOR + encoded(subject) : subject;
    }

    private static String encoded(String text) {
        StringBuilder word = new StringBuilder(text.length());
        for (byte character : text.getBytes(StandardCharsets.UTF_8)) {
            if (character > ' ' && character < 0x7f && character != SEPARATOR && character != '%') {
                word.append((char) character);
            } else {
                word.append('%').append("%02X".formatted(character & 0xff));
            }
        }
        return word.toString();
    }

    /** The same as {@link #text()}. */
    @Override
    public String toString() {
        return text();
    }

    /** Which sort of credential names a principal. */
    public enum Kind {
        /** An API key, or a ticket that was asked for with one. */
        KEY,
        /** A token of an OpenID Connect provider, or a ticket that was asked for with one. */
        TOKEN,
        /** None, as security is off. */
        ANONYMOUS;

        /** As logs and the database name it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
