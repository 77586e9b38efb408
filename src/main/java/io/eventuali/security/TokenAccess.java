package io.eventuali.security;

import io.eventuali.event.InvalidEventException;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.Permission;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.jwt.JsonWebToken;

/** What a token of an OpenID Connect provider allows: its roles as Quarkus found them, and the grant that its claims make. */
@Singleton
class TokenAccess {
    /** Where Quarkus notes when a token ends, in seconds of the epoch; also for tokens that are not JWTs. */
    private static final String EXPIRE_TIME = "quarkus.identity.expire-time";

    private final SecurityConfig.Oidc config;

    TokenAccess(SecurityConfig config) {
        this.config = config.oidc();
    }

    Access of(SecurityIdentity identity) {
        Set<Role> roles = Role.among(identity.getRoles());
        Optional<Instant> until = until(identity);
        return new Access(
                identity.getPrincipal().getName(),
                roles,
                grant(identity),
                Optional.empty(),
                until,
                Permission.until(until));
    }

    private static Optional<Instant> until(SecurityIdentity identity) {
        if (identity.getAttribute(EXPIRE_TIME) instanceof Number seconds) {
            return Optional.of(Instant.ofEpochSecond(seconds.longValue()));
        }
        return identity.getPrincipal() instanceof JsonWebToken token && token.getExpirationTime() > 0
                ? Optional.of(Instant.ofEpochSecond(token.getExpirationTime()))
                : Optional.empty();
    }

    private Grant grant(SecurityIdentity identity) {
        Optional<Object> aggregateTypes = claim(identity, config.aggregateTypesClaim());
        Optional<Object> eventTypes = claim(identity, config.eventTypesClaim());
        Optional<Object> projections = claim(identity, config.projectionsClaim());
        List<NamePattern> unsaid = config.grantsRequired() ? List.of() : Grant.ALL.aggregateTypes();
        Grant events = new Grant(
                aggregateTypes.map(TokenAccess::patterns).orElse(unsaid),
                eventTypes.map(TokenAccess::patterns).orElse(unsaid),
                List.of());
        List<NamePattern> readModels = projections
                .map(TokenAccess::patterns)
                .orElse(events.isUnrestricted() ? Grant.ALL.projections() : List.of());
        return new Grant(events.aggregateTypes(), events.eventTypes(), readModels);
    }

    /** Follows a path such as {@code access/eventuali_types}; a claim that has a slash in its own name is found, too. */
    private static Optional<Object> claim(SecurityIdentity identity, String path) {
        if (!(identity.getPrincipal() instanceof JsonWebToken token)) {
            return Optional.empty();
        }
        Object whole = token.getClaim(path);
        if (whole != null) {
            return Optional.of(whole);
        }
        String[] parts = path.split("/");
        Object found = token.getClaim(parts[0]);
        for (int i = 1; i < parts.length && found != null; i++) {
            found = found instanceof JsonObject object
                    ? object.get(parts[i])
                    : found instanceof Map<?, ?> map ? map.get(parts[i]) : null;
        }
        return parts.length > 1 ? Optional.ofNullable(found) : Optional.empty();
    }

    /** A claim that is there but cannot be read grants nothing. */
    private static List<NamePattern> patterns(Object claim) {
        try {
            return texts(claim).map(NamePattern::of).toList();
        } catch (InvalidEventException malformed) {
            return List.of();
        }
    }

    private static Stream<String> texts(Object claim) {
        if (claim instanceof JsonArray array) {
            return array.stream().flatMap(TokenAccess::texts);
        }
        if (claim instanceof JsonString string) {
            return words(string.getString());
        }
        if (claim instanceof Collection<?> collection) {
            return collection.stream().flatMap(TokenAccess::texts);
        }
        return claim instanceof String string ? words(string) : Stream.empty();
    }

    private static Stream<String> words(String text) {
        return Stream.of(text.split(" ")).filter(word -> !word.isEmpty());
    }
}
