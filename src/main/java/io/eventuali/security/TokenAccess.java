package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.Permission;
import io.quarkus.oidc.AccessTokenCredential;
import io.quarkus.oidc.OidcConfigurationMetadata;
import io.quarkus.oidc.OidcProviderClient;
import io.quarkus.oidc.TokenIntrospection;
import io.quarkus.oidc.UserInfo;
import io.quarkus.oidc.runtime.OidcJwtCallerPrincipal;
import io.quarkus.oidc.runtime.OidcUtils;
import io.quarkus.security.credential.TokenCredential;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a token of an OpenID Connect provider allows: its roles as Quarkus found them, and the grant that its claims make. */
@Singleton
class TokenAccess {
    private final SecurityConfig.Oidc config;

    TokenAccess(SecurityConfig config) {
        this.config = config.oidc();
    }

    /**
     * What this token gives.
     *
     * @throws AccessRefusedException if a claim that says whose it is, or when it ends, is not what it has to be
     */
    Access of(SecurityIdentity identity) {
        TokenClaims claims = claims(identity);
        Optional<Instant> until = claims.until(Instant.now());
        return new Access(
                claims.principal(provider(identity)),
                Role.among(identity.getRoles()),
                grant(claims),
                Optional.empty(),
                until,
                permission(identity, until));
    }

    /** A token that its provider was asked about may be revoked; one that was checked by its signature is good until its end. */
    private Permission permission(SecurityIdentity identity, Optional<Instant> until) {
        OidcProviderClient provider = identity.getAttribute(OidcProviderClient.class.getName());
        TokenCredential token = identity.getCredential(AccessTokenCredential.class);
        return provider != null && token != null && identity.getAttribute(OidcUtils.INTROSPECTION_ATTRIBUTE) != null
                ? new IntrospectedToken(provider, token.getToken(), until, config.recheck())
                : Permission.until(until);
    }

    /** Those of the token itself; of one that cannot be read, those that its provider tells of it. */
    private static TokenClaims claims(SecurityIdentity identity) {
        if (identity.getPrincipal() instanceof OidcJwtCallerPrincipal token) {
            return TokenClaims.of(token.getClaims().getRawJson());
        }
        if (identity.getAttribute(OidcUtils.INTROSPECTION_ATTRIBUTE) instanceof TokenIntrospection told) {
            return TokenClaims.of(told.getIntrospectionString());
        }
        if (identity.getAttribute(OidcUtils.USER_INFO_ATTRIBUTE) instanceof UserInfo told) {
            return TokenClaims.of(told.getUserInfoString());
        }
        throw new AccessRefusedException(Reason.UNAUTHENTICATED, "the token has no readable claims");
    }

    /** The issuer of a token that was asked about, where the answer does not repeat it. */
    private static Optional<String> provider(SecurityIdentity identity) {
        return identity.getPrincipal() instanceof OidcJwtCallerPrincipal
                ? Optional.empty()
                : Optional.ofNullable(
                                identity.<OidcConfigurationMetadata>getAttribute(OidcUtils.CONFIG_METADATA_ATTRIBUTE))
                        .map(OidcConfigurationMetadata::getIssuer);
    }

    private Grant grant(TokenClaims claims) {
        List<NamePattern> unsaid =
                config.grantsRequired() ? Grant.NOTHING.aggregateTypes() : Grant.ALL.aggregateTypes();
        Grant events = new Grant(
                claims.patterns(config.aggregateTypesClaim()).orElse(unsaid),
                claims.patterns(config.eventTypesClaim()).orElse(unsaid),
                List.of());
        List<NamePattern> readModels = claims.patterns(config.projectionsClaim())
                .orElse(events.isUnrestricted() ? Grant.ALL.projections() : List.of());
        return new Grant(events.aggregateTypes(), events.eventTypes(), readModels);
    }
}
