package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.sql.Statements;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.Permission;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tickets of browsers, which cannot send a header with their {@code EventSource}. A ticket stands for the access of who asked for it,
 * is good at every replica, once, and for some seconds. PostgreSQL keeps its hash; taking it is deleting it.
 */
@Singleton
public class Tickets {
    private static final int SECRET_BYTES = 32;
    private static final String PREFIX = "evt_";
    private static final double MILLIS = 1_000;

    private static final String ISSUE = "WITH expired AS (DELETE FROM ticket WHERE expires_at < clock_timestamp())"
            + " INSERT INTO ticket (ticket_hash, principal_kind, issuer, subject, roles, aggregate_types, event_types, projections,"
            + " key_hash, permitted_until, expires_at)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + make_interval(secs => $11))"
            + " RETURNING expires_at";
    private static final String TAKE = "DELETE FROM ticket WHERE ticket_hash = $1 AND expires_at > clock_timestamp()"
            + " RETURNING principal_kind, issuer, subject, roles, aggregate_types, event_types, projections, key_hash, permitted_until";

    private final Statements statements;
    private final ApiKeys keys;
    private final SecurityConfig config;
    private final SecureRandom random = new SecureRandom();

    Tickets(Statements statements, ApiKeys keys, SecurityConfig config) {
        this.statements = statements;
        this.keys = keys;
        this.config = config;
    }

    /**
     * A ticket for this access.
     *
     * @throws AccessRefusedException (the Uni fails with it) if the database does not answer
     */
    public Uni<Ticket> issue(Access access) {
        String secret = secret();
        Grant grant = access.grant();
        Tuple row = Tuple.tuple()
                .addBuffer(hash(secret))
                .addString(access.principal().kind().name())
                .addString(access.principal().issuer())
                .addString(access.principal().subject())
                .addArrayOfString(access.roles().stream().map(Role::text).toArray(String[]::new))
                .addArrayOfString(texts(grant.aggregateTypes()))
                .addArrayOfString(texts(grant.eventTypes()))
                .addArrayOfString(texts(grant.projections()))
                .addString(access.credential().map(ApiKey.Reference::hash).orElse(null))
                .addOffsetDateTime(access.until()
                        .map(until -> until.atOffset(ZoneOffset.UTC))
                        .orElse(null))
                .addDouble(config.ticketLifetime().toMillis() / MILLIS);
        return execute(ISSUE, row)
                .map(rows -> new Ticket(
                        secret, rows.iterator().next().getOffsetDateTime(0).toInstant()));
    }

    /**
     * Uses a ticket up.
     *
     * @return what it stands for; empty if there is no such ticket any more
     * @throws AccessRefusedException (the Uni fails with it) if the database does not answer
     */
    Uni<Optional<Access>> take(String secret) {
        return execute(TAKE, Tuple.of(hash(secret)))
                .map(rows -> rows.size() == 0
                        ? Optional.<Access>empty()
                        : Optional.of(access(rows.iterator().next()))
                                .filter(access -> access.permission().holds(Instant.now())));
    }

    private Access access(Row row) {
        Principal principal =
                new Principal(Principal.Kind.valueOf(row.getString(0)), row.getString(1), row.getString(2));
        Set<Role> roles = EnumSet.noneOf(Role.class);
        roles.addAll(Role.among(List.of(row.getArrayOfStrings(3))));
        Grant grant = new Grant(
                patterns(row.getArrayOfStrings(4)),
                patterns(row.getArrayOfStrings(5)),
                patterns(row.getArrayOfStrings(6)));
        Optional<ApiKey.Reference> key =
                Optional.ofNullable(row.getString(7)).map(hash -> new ApiKey.Reference(principal.subject(), hash));
        Optional<Instant> until = Optional.ofNullable(row.getOffsetDateTime(8)).map(OffsetDateTime::toInstant);
        Permission permission =
                key.map(reference -> keys.permission(reference, until)).orElseGet(() -> Permission.until(until));
        return new Access(principal, roles, grant, key, until, permission);
    }

    private String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Buffer hash(String secret) {
        return Buffer.buffer(Sha256.of(secret.getBytes(StandardCharsets.UTF_8)));
    }

    private static String[] texts(List<NamePattern> patterns) {
        return patterns.stream().map(NamePattern::toString).toArray(String[]::new);
    }

    private static List<NamePattern> patterns(String[] texts) {
        return Arrays.stream(texts).map(NamePattern::of).toList();
    }

    private Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return statements
                .execute(sql, arguments)
                .onFailure()
                .transform(cause ->
                        new AccessRefusedException(Reason.UNAVAILABLE, "the database did not answer about a ticket"));
    }
}
