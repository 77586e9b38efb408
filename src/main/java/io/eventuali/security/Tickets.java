package io.eventuali.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.secret.LogSecret;
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
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tickets of browsers, which cannot send a header with their {@code EventSource}. A ticket stands for the access of who asked for it,
 * is good at every replica, once, and for some seconds. PostgreSQL keeps the hash of its secret; taking it is deleting it. A ticket
 * that was made up, that has ended or that was used here before is refused from memory: it has no seal, or is remembered.
 */
@Singleton
public class Tickets {
    private static final double MILLIS = 1_000;
    private static final int MAX_USED = 100_000;
    /** How far the clocks of this replica and of the database may be apart. */
    private static final Duration SKEW = Duration.ofSeconds(30);

    private static final String ISSUE = "WITH expired AS (DELETE FROM ticket WHERE expires_at < clock_timestamp())"
            + " INSERT INTO ticket (ticket_hash, principal_kind, issuer, subject, roles, aggregate_types, event_types,"
            + " projections, key_hash, permitted_until, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
            + " clock_timestamp() + make_interval(secs => $11)) RETURNING expires_at, (" + LogSecret.SECRET + ")";
    private static final String TAKE = "DELETE FROM ticket WHERE ticket_hash = $1 AND expires_at > clock_timestamp()"
            + " RETURNING principal_kind, issuer, subject, roles, aggregate_types, event_types, projections, key_hash,"
            + " permitted_until";

    private final Statements statements;
    private final ApiKeys keys;
    private final SecurityConfig config;
    private final SecureRandom randomness = new SecureRandom();
    private final Cache<ByteBuffer, Boolean> used;
    private final LogSecret secret;

    Tickets(Statements statements, ApiKeys keys, SecurityConfig config, LogSecret secret) {
        this.statements = statements;
        this.keys = keys;
        this.config = config;
        this.secret = secret;
        this.used = Caffeine.newBuilder()
                .maximumSize(MAX_USED)
                .expireAfterWrite(config.ticketLifetime().plus(SKEW).plus(SKEW))
                .build();
    }

    /**
     * A ticket for this access.
     *
     * @throws AccessRefusedException (the Uni fails with it) if the database does not answer
     */
    public Uni<Ticket> issue(Access access) {
        byte[] random = new byte[TicketSeal.SECRET_BYTES];
        randomness.nextBytes(random);
        Grant grant = access.grant();
        Tuple row = Tuple.tuple()
                .addBuffer(hash(random))
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
        return execute(ISSUE, row).map(rows -> {
            Row issued = rows.iterator().next();
            Instant expiresAt = issued.getOffsetDateTime(0).toInstant();
            byte[] key = LogSecret.Use.TICKETS.key(issued.getBuffer(1).getBytes());
            return new Ticket(new TicketSeal(key).seal(random, expiresAt), expiresAt);
        });
    }

    /**
     * Uses a ticket up.
     *
     * @return what it stands for; empty if there is no such ticket any more
     * @throws AccessRefusedException (the Uni fails with it) if the database does not answer
     */
    Uni<Optional<Access>> take(String ticket) {
        return new TicketSeal(secret.key(LogSecret.Use.TICKETS))
                .open(ticket)
                .filter(content -> Instant.now().isBefore(content.expiresAt().plus(SKEW)))
                .filter(content -> used.asMap().putIfAbsent(content.secret(), true) == null)
                .map(content -> take(content.secret()))
                .orElseGet(() -> Uni.createFrom().item(Optional.empty()));
    }

    private Uni<Optional<Access>> take(ByteBuffer secret) {
        return execute(TAKE, Tuple.of(hash(secret.array())))
                // Whether it is used up is not known, so it may be tried again.
                .onFailure()
                .invoke(() -> used.invalidate(secret))
                .map(rows -> rows.size() == 0
                        ? Optional.<Access>empty()
                        : access(rows.iterator().next()));
    }

    private Optional<Access> access(Row row) {
        Principal principal =
                new Principal(Principal.Kind.valueOf(row.getString(0)), row.getString(1), row.getString(2));
        if (row.getString(7) != null) {
            // What the key allows now, which may be less than when the ticket was asked for.
            return keys.access(new ApiKey.Reference(principal.subject(), row.getString(7)), Instant.now());
        }
        Set<Role> roles = EnumSet.noneOf(Role.class);
        roles.addAll(Role.among(List.of(row.getArrayOfStrings(3))));
        Grant grant = new Grant(
                patterns(row.getArrayOfStrings(4)),
                patterns(row.getArrayOfStrings(5)),
                patterns(row.getArrayOfStrings(6)));
        Optional<Instant> until = Optional.ofNullable(row.getOffsetDateTime(8)).map(OffsetDateTime::toInstant);
        return Optional.of(new Access(principal, roles, grant, Optional.empty(), until, Permission.until(until)))
                .filter(access -> access.permission().holds(Instant.now()));
    }

    private static Buffer hash(byte[] secret) {
        return Buffer.buffer(Sha256.of(secret));
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
