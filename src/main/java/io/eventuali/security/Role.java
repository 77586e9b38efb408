package io.eventuali.security;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What somebody may do. */
public enum Role {
    /** Appends events and starts sagas. */
    PUBLISHER,
    /** Reads and follows events and read models. */
    SUBSCRIBER,
    /** Watches and steers subscriptions, projections and sagas; sees no events. */
    OPERATOR,
    /** All of it. */
    ADMIN;

    /** As configuration and tokens name it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role of this name, if it is one of ours. */
    public static Optional<Role> of(String text) {
        for (Role role : values()) {
            if (role.text().equals(text)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /** Those of the names that are ours; a token names others, too. */
    static Set<Role> among(Iterable<String> names) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        names.forEach(name -> of(name).ifPresent(roles::add));
        return roles;
    }
}
