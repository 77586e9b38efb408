package io.eventuali.security;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import java.util.stream.Collectors;

/** Identities as Quarkus knows them, so that an application's own annotations see keys and tickets, too. */
final class Identities {
    private Identities() {}

    static SecurityIdentity of(Access access) {
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(access.principal().text()))
                .addRoles(access.roles().stream().map(Role::text).collect(Collectors.toSet()))
                .addAttribute(Access.ATTRIBUTE, access)
                .build();
    }
}
