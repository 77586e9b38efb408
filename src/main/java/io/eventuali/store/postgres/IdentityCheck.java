package io.eventuali.store.postgres;

import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.identity.Replacement;
import io.eventuali.identity.Replacement.Effect;
import io.eventuali.sql.Statements;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks the database which log it holds: at the start, after a connection was lost, and when an answer is not what the log can say. */
final class IdentityCheck {
    private static final Duration RETRY = Duration.ofMillis(100);
    private static final Duration SLOWEST_RETRY = Duration.ofSeconds(2);
    private static final String CHECK = "SELECT mark, incident, common FROM check_log_identity($1, $2, $3, $4, $5)";
    private static final String NOTE = "INSERT INTO log_incident_effect AS e (incident, kind, name, position, detail)"
            + " SELECT $1, n.kind, n.name, n.position, n.detail"
            + " FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) AS n (kind, name, position, detail)"
            + " ON CONFLICT (incident, kind, name) DO UPDATE SET position = EXCLUDED.position, detail = EXCLUDED.detail"
            + " WHERE e.position < EXCLUDED.position";

    private final Statements statements;
    private final LogIdentity identity;
    private final Task task;
    private final AtomicInteger doubts = new AtomicInteger();

    IdentityCheck(Statements statements, LogIdentity identity, Tasks tasks) {
        this.statements = statements;
        this.identity = identity;
        this.task = tasks.open("log-identity", "");
        identity.onDoubt(this::doubt);
    }

    /** Asks once. */
    Uni<LogMark> check() {
        return Uni.createFrom().deferred(() -> {
            LogMark seen = identity.seen();
            // Read once: it changes with each batch, and both values must be of one event.
            Optional<LogIdentity.Witness> witness = identity.witness();
            Long position = witness.map(LogIdentity.Witness::position).orElse(null);
            UUID event = witness.map(LogIdentity.Witness::eventId).orElse(null);
            return statements
                    .execute(CHECK, Tuple.of(seen.epoch(), seen.head(), seen.written(), position, event))
                    .chain(rows -> {
                        Row row = rows.iterator().next();
                        LogMark mark = LogMark.parse(row.getString(0));
                        Long incident = row.getLong(1);
                        return identity.found(
                                        mark,
                                        incident == null ? OptionalLong.empty() : OptionalLong.of(incident),
                                        incident == null ? Math.min(seen.head(), mark.head()) : row.getLong(2))
                                .map(this::note)
                                .orElse(Uni.createFrom().voidItem())
                                .replaceWith(mark);
                    });
        });
    }

    /** Asks until there is an answer. Who doubts while it asks has it asked once more. */
    private void doubt() {
        if (doubts.getAndIncrement() == 0) {
            ask();
        }
    }

    private void ask() {
        int asked = doubts.get();
        check().invoke(task::worked)
                .onFailure()
                .invoke(task::failed)
                .onFailure()
                .retry()
                .withBackOff(RETRY, SLOWEST_RETRY)
                .indefinitely()
                .subscribe()
                .with(mark -> {
                    if (doubts.addAndGet(-asked) > 0) {
                        ask();
                    }
                });
    }

    /** What cannot be written is in the logs of the replicas only. */
    private Uni<Void> note(Replacement replacement) {
        List<Effect> effects = replacement.effects();
        if (replacement.incident().isEmpty() || effects.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return statements
                .execute(
                        NOTE,
                        Tuple.of(
                                replacement.incident().getAsLong(),
                                effects.stream().map(Effect::kind).toArray(String[]::new),
                                effects.stream().map(Effect::name).toArray(String[]::new),
                                effects.stream().map(Effect::position).toArray(Long[]::new),
                                effects.stream().map(Effect::detail).toArray(String[]::new)))
                .onFailure()
                .recoverWithNull()
                .replaceWithVoid();
    }
}
