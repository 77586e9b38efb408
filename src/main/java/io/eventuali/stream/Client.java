package io.eventuali.stream;

import java.util.Objects;

/**
 * Who is at the other end of a subscription, or of something else that takes a place.
 *
 * @param principal in one word; {@value #ANONYMOUS} where nobody has to say who they are, empty for a consumer in this process
 * @param peer host and port; empty for a consumer in this process
 * @param address the host of it, whose places are counted; empty for a consumer in this process
 * @param connection of which several may share one (HTTP/2). Compared by identity
 */
public record Client(String principal, String peer, String address, Object connection) {
    /** The principal of everybody where there are no credentials. */
    public static final String ANONYMOUS = "anonymous";

    public Client {
        Objects.requireNonNull(principal, "principal");
        Objects.requireNonNull(peer, "peer");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(connection, "connection");
    }

    /** A consumer in this process. */
    static Client local(Object connection) {
        return new Client("", "", "", connection);
    }

    boolean isNamed() {
        return !principal.isEmpty() && !principal.equals(ANONYMOUS);
    }
}
