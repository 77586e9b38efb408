package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.stream.Permission;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a request may do and see.
 *
 * @param principal who asks
 * @param roles what it may do
 * @param grant what it may see or append
 * @param credential which key this comes from, so that it ends with the key; empty for anything else
 * @param until when the credential ends; empty if it does not by itself
 * @param permission whether it still holds; asked while a stream is open
 */
public record Access(
        Principal principal,
        Set<Role> roles,
        Grant grant,
        Optional<ApiKey.Reference> credential,
        Optional<Instant> until,
        Permission permission) {
    /** Where security is off: everything. */
    public static final Access OPEN = new Access(
            Principal.ANONYMOUS,
            EnumSet.of(Role.ADMIN),
            Grant.ALL,
            Optional.empty(),
            Optional.empty(),
            Permission.UNLIMITED);

    static final String ATTRIBUTE = "eventuali.access";

    public Access {
        roles = Set.copyOf(roles);
    }

    /**
     * What this request may do and see. A body may have been on its way for long since the credentials were looked at, so they are
     * asked again.
     *
     * @throws AccessRefusedException if they have ended meanwhile
     */
    public static Access of(RoutingContext request) {
        Access access = request.get(ATTRIBUTE);
        if (access == null) {
            return OPEN;
        }
        if (!access.permission().holds(Instant.now())) {
            throw new AccessRefusedException(Reason.UNAUTHENTICATED, "the credentials have ended meanwhile");
        }
        return access;
    }

    /** The same, while this permission holds. */
    Access permittedWhile(Permission other) {
        return new Access(principal, roles, grant, credential, until, other);
    }

    /** Whether it may read events and documents, and not only see how they are doing. */
    public boolean isReader() {
        return hasOneOf(Set.of(Role.SUBSCRIBER));
    }

    /** Whether one of the roles will do. */
    boolean hasOneOf(Set<Role> wanted) {
        return roles.contains(Role.ADMIN) || wanted.stream().anyMatch(roles::contains);
    }
}
