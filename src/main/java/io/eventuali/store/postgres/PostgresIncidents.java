package io.eventuali.store.postgres;

import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.Replacement.Effect;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.LogDamage;
import io.eventuali.store.engine.Damages;
import io.eventuali.store.engine.Incident;
import io.eventuali.store.engine.Incidents;
import io.eventuali.store.engine.SkippedDamage;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The tables {@code log_incident} and {@code log_incident_effect}. Damage that readers of this replica find is written there. */
@Singleton
class PostgresIncidents implements Incidents {
    private static final Duration LOOK = Duration.ofSeconds(15);
    private static final String LIST =
            "SELECT i.id, i.at, i.reason, i.from_epoch, i.to_epoch, i.head, i.seen_head - i.head,"
                    + " (SELECT count(*) FROM log_incident_effect c WHERE c.incident = i.id),"
                    + " e.kind, e.name, e.position, e.detail,"
                    + " i.damage, i.first_position, i.last_position, i.skipped_at, i.skipped_by"
                    + " FROM (SELECT * FROM log_incident WHERE id < $1 ORDER BY id DESC LIMIT $2) AS i"
                    + " LEFT JOIN LATERAL (SELECT kind, name, position, detail FROM log_incident_effect"
                    + " WHERE incident = i.id ORDER BY (kind = 'event'), kind, position, name LIMIT " + MAX_EFFECTS
                    + ") AS e ON true ORDER BY i.id DESC";
    private static final String SECONDS_SINCE =
            "SELECT extract(epoch FROM clock_timestamp() - max(at))::float8 FROM log_incident WHERE damage IS NULL";
    // What lies in a stretch that is known already, is known.
    private static final String NOTE =
            "INSERT INTO log_incident (reason, from_epoch, to_epoch, head, seen_head, damage,"
                    + " first_position, last_position) SELECT 'damaged', log_epoch(), log_epoch(), d.first - 1, d.last, d.reason,"
                    + " d.first, d.last FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS d (first, last, reason) WHERE NOT"
                    + " EXISTS (SELECT FROM log_incident n WHERE n.first_position <= d.first AND n.last_position >= d.last)"
                    + " ON CONFLICT DO NOTHING";
    private static final String SKIP = "SELECT skip_log_damage($1, $2)";
    private static final String SKIPPED = "SELECT max(last_position) FROM log_incident WHERE skipped_at IS NOT NULL AND"
            + " first_position <= $1 AND last_position >= $1";

    private final Statements statements;
    private final Damages damages;
    private final Tasks tasks;
    private final Counter replaced;
    private volatile double secondsSince = Double.NaN;
    private Cancellable look = () -> {};

    PostgresIncidents(Statements statements, LogIdentity identity, Damages damages, Tasks tasks, MeterRegistry meters) {
        this.statements = statements;
        this.damages = damages;
        this.tasks = tasks;
        this.replaced = Counter.builder("eventuali.log.replaced")
                .description("Times that this replica found another log than before")
                .register(meters);
        Gauge.builder("eventuali.log.incident.age.seconds", () -> secondsSince)
                .description("How long ago the log was found to be another one")
                .register(meters);
        identity.onReplaced(replacement -> replaced.increment());
        // If it cannot be written now, the next look does it.
        damages.onFound(damage -> note(List.of(damage)).subscribe().with(done -> {}, failure -> {}));
    }

    void start(@Observes StartupEvent started) {
        look = tasks.every("log-incidents", Rhythm.every(LOOK), () -> statements
                .execute(SECONDS_SINCE, Tuple.tuple())
                .invoke(rows -> {
                    Double seconds = rows.iterator().next().getDouble(0);
                    secondsSince = seconds == null ? Double.NaN : seconds;
                })
                .chain(() -> note(damages.known())));
    }

    void stop(@Observes ShutdownEvent stopping) {
        look.cancel();
    }

    private Uni<Void> note(List<LogDamage> found) {
        return found.isEmpty()
                ? Uni.createFrom().voidItem()
                : statements
                        .execute(
                                NOTE,
                                Tuple.of(
                                        found.stream().map(LogDamage::first).toArray(Long[]::new),
                                        found.stream().map(LogDamage::last).toArray(Long[]::new),
                                        found.stream()
                                                .map(damage -> damage.reason().text())
                                                .toArray(String[]::new)))
                        .replaceWithVoid();
    }

    @Override
    public Uni<Optional<Incident>> skip(long position, String who) {
        // What this replica knows is known to all then, also if it was found a moment ago.
        return note(damages.known())
                .chain(() -> statements.execute(SKIP, Tuple.of(position, who)))
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer", cause))
                .chain(rows -> {
                    Long id = rows.iterator().next().getLong(0);
                    return id == null
                            ? Uni.createFrom().item(Optional.empty())
                            : list(id + 1, 1).map(found -> found.stream().findFirst());
                });
    }

    @Override
    public Uni<OptionalLong> skippedUpTo(LogDamage damage) {
        return statements
                .execute(SKIPPED, Tuple.of(damage.first()))
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer a read", cause))
                .map(rows -> {
                    Long last = rows.iterator().next().getLong(0);
                    return last == null ? OptionalLong.empty() : OptionalLong.of(Math.min(last, damage.last()));
                });
    }

    @Override
    public Uni<List<Incident>> list(long before, int limit) {
        return statements
                .execute(LIST, Tuple.of(before, limit))
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer a read", cause))
                .map(rows -> {
                    Map<Long, Row> incidents = new LinkedHashMap<>();
                    Map<Long, List<Effect>> effects = new LinkedHashMap<>();
                    for (Row row : rows) {
                        incidents.putIfAbsent(row.getLong(0), row);
                        List<Effect> known = effects.computeIfAbsent(row.getLong(0), id -> new ArrayList<>());
                        if (row.getString(8) != null) {
                            known.add(
                                    new Effect(row.getString(8), row.getString(9), row.getLong(10), row.getString(11)));
                        }
                    }
                    return incidents.values().stream()
                            .map(row -> incident(row, effects.get(row.getLong(0))))
                            .toList();
                });
    }

    private static Incident incident(Row row, List<Effect> effects) {
        return new Incident(
                row.getLong(0),
                row.getOffsetDateTime(1).toInstant(),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getLong(6),
                effects,
                row.getLong(7),
                Optional.ofNullable(row.getString(12))
                        .map(reason -> new LogDamage(row.getLong(13), row.getLong(14), LogDamage.Reason.of(reason))),
                Optional.ofNullable(row.getOffsetDateTime(15))
                        .map(at -> new SkippedDamage(at.toInstant(), row.getString(16))));
    }
}
