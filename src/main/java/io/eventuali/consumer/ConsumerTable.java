package io.eventuali.consumer;

import io.eventuali.consumer.ConsumerSettings.OnPoison;
import io.eventuali.consumer.ConsumerSettings.Ordering;
import io.eventuali.event.StreamEvent;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.stream.EventFilter;
import io.eventuali.stream.NamePattern;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/** The tables of consumers. Each call is one transaction; all of them fail with {@link EventStoreException.Unavailable} alone. */
@Singleton
class ConsumerTable {
    private static final String SETTINGS = "aggregate_types, aggregate_ids, event_types, ordering, max_in_flight,"
            + " ack_timeout_ms, attempts, first_wait_ms, longest_wait_ms, on_poison";
    private static final String PUT = "WITH put AS (INSERT INTO consumer AS c (name, " + SETTINGS + ", position)"
            + " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12"
            + " WHERE EXISTS (SELECT FROM consumer WHERE name = $1) OR (SELECT count(*) FROM consumer) < $14"
            + " ON CONFLICT (name) DO UPDATE SET aggregate_types = excluded.aggregate_types,"
            + " aggregate_ids = excluded.aggregate_ids, event_types = excluded.event_types,"
            + " ordering = excluded.ordering, max_in_flight = excluded.max_in_flight,"
            + " ack_timeout_ms = excluded.ack_timeout_ms, attempts = excluded.attempts,"
            + " first_wait_ms = excluded.first_wait_ms, longest_wait_ms = excluded.longest_wait_ms,"
            + " on_poison = excluded.on_poison, revision = c.revision + 1, updated_at = now()"
            + " RETURNING revision = 1 AS fresh), said AS (INSERT INTO consumer_history (consumer, what, principal)"
            + " SELECT $1, CASE WHEN fresh THEN 'created' ELSE 'changed' END, $13 FROM put) SELECT fresh FROM put";
    private static final String SHOW = "SELECT name, " + SETTINGS + ", position, paused, stopped_position, failure,"
            + " settled, created_at,"
            + " (SELECT count(*) FROM consumer_event e WHERE e.consumer = c.name AND state = 'claimed'),"
            + " (SELECT count(*) FROM consumer_event e WHERE e.consumer = c.name AND state = 'waiting'),"
            + " (SELECT count(*) FROM consumer_event e WHERE e.consumer = c.name AND state = 'parked'),"
            + " (SELECT min(position) FROM consumer_event e WHERE e.consumer = c.name AND state <> 'parked'),"
            + " (SELECT min(since) FROM consumer_event e WHERE e.consumer = c.name AND state = 'claimed'),"
            + " ARRAY(SELECT DISTINCT member FROM consumer_event e WHERE e.consumer = c.name AND state = 'claimed'"
            + " AND member <> '' ORDER BY member LIMIT 100) FROM consumer c";
    private static final String ONE = SHOW + " WHERE name = $1";
    private static final String ALL = SHOW + " ORDER BY name";
    private static final String STATE = "SELECT " + SETTINGS + ", revision, position FROM consumer WHERE name = $1";
    private static final String DELETE = "WITH gone AS (DELETE FROM consumer WHERE name = $1 RETURNING name),"
            + " events AS (DELETE FROM consumer_event WHERE consumer IN (SELECT name FROM gone)),"
            + " said AS (DELETE FROM consumer_history WHERE consumer IN (SELECT name FROM gone))"
            + " SELECT name FROM gone";
    private static final String SAY = ", said AS (INSERT INTO consumer_history (consumer, what, position, detail,"
            + " principal) SELECT name, $2, NULL, NULL, $3 FROM done) SELECT name FROM done";
    private static final String PAUSE =
            "WITH done AS (UPDATE consumer SET paused = true WHERE name = $1 RETURNING name)" + SAY;
    // The event on which it stopped has all its attempts again.
    private static final String RESUME = "WITH halted AS (UPDATE consumer_event e SET attempts = 0 FROM consumer c"
            + " WHERE c.name = $1 AND e.consumer = c.name AND e.position = c.stopped_position),"
            + " done AS (UPDATE consumer SET paused = false, stopped_position = NULL, failure = NULL"
            + " WHERE name = $1 RETURNING name)" + SAY;
    // A new revision: what replicas remember of the log was read for the old position.
    private static final String REPLAY = "WITH done AS (UPDATE consumer SET position = $2, revision = revision + 1,"
            + " stopped_position = NULL, failure = NULL WHERE name = $1 RETURNING name),"
            + " again AS (DELETE FROM consumer_event WHERE consumer IN (SELECT name FROM done) AND position > $2"
            + " AND state <> 'parked'),"
            + " said AS (INSERT INTO consumer_history (consumer, what, position, principal)"
            + " SELECT name, 'replayed', $2, $3 FROM done) SELECT name FROM done";
    private static final String AGAIN_OF_STREAM = "WITH c AS (SELECT name, position FROM consumer WHERE name = $1 FOR"
            + " UPDATE), again AS (INSERT INTO consumer_event (consumer, position, key, state)"
            + " SELECT c.name, n.position, n.key, 'waiting' FROM c, unnest($2::bigint[], $3::text[]) AS n (position, key)"
            + " WHERE n.position <= c.position ON CONFLICT DO NOTHING RETURNING position)"
            + " SELECT count(*) FROM again";
    private static final String SAY_REPLAYED =
            "INSERT INTO consumer_history (consumer, what, detail, principal)" + " VALUES ($1, 'replayed', $2, $3)";
    private static final String CLAIM = "SELECT outcome, read_up_to, room, due_ms, claimed, tries"
            + " FROM consumer_claim($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    private static final String GIVE_BACK = "UPDATE consumer_event SET state = 'waiting', attempts = attempts - 1,"
            + " claim = NULL, member = NULL, due_at = NULL WHERE consumer = $1 AND claim = $2 AND position = ANY ($3)";
    private static final String SETTLE = "SELECT outcome, lost, unsettled FROM consumer_settle($1, $2, $3, $4, $5, $6)";
    private static final String PARKED = "SELECT position, key, attempts, reason, since FROM consumer_event"
            + " WHERE consumer = $1 AND state = 'parked' AND position > $2 ORDER BY position LIMIT $3";
    private static final String FIRST_OF_KEY = "SELECT (SELECT min(f.position) FROM consumer_event f"
            + " WHERE f.consumer = $1 AND f.key = e.key AND f.state = 'parked') FROM consumer_event e"
            + " WHERE e.consumer = $1 AND e.position = $2 AND e.state = 'parked'";
    private static final String AGAIN = "WITH done AS (UPDATE consumer_event SET state = 'waiting', attempts = 0,"
            + " due_at = NULL, since = clock_timestamp() WHERE consumer = $1 AND state = 'parked' AND %s"
            + " RETURNING position), said AS (INSERT INTO consumer_history (consumer, what, position, principal)"
            + " SELECT $1, 'retried', min(position), $3 FROM done HAVING count(*) > 0) SELECT position FROM done";
    private static final String RETRY = AGAIN.formatted("position = $2");
    private static final String RETRY_KEY = AGAIN.formatted("key = $2");
    private static final String DISCARD = "WITH done AS (DELETE FROM consumer_event WHERE consumer = $1"
            + " AND state = 'parked' AND position = $2 RETURNING position), said AS (INSERT INTO consumer_history"
            + " (consumer, what, position, principal) SELECT $1, 'discarded', position, $3 FROM done)"
            + " SELECT position FROM done";
    private static final String HISTORY = "SELECT at, what, position, detail, principal FROM consumer_history"
            + " WHERE consumer = $1 ORDER BY id DESC LIMIT 1000";

    private final Statements statements;

    ConsumerTable(Statements statements) {
        this.statements = statements;
    }

    private Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return statements
                .execute(sql, arguments)
                .onFailure()
                .transform(cause ->
                        new EventStoreException.Unavailable("the database did not answer for a consumer", cause));
    }

    /** Makes or changes a consumer. True if it is new; empty if there are too many. */
    Uni<Optional<Boolean>> put(String name, ConsumerSettings settings, long position, int limit, String principal) {
        return execute(
                        PUT,
                        Tuple.of(name)
                                .addArrayOfString(texts(settings.filter().aggregateTypes()))
                                .addArrayOfString(texts(settings.filter().aggregateIds()))
                                .addArrayOfString(texts(settings.filter().eventTypes()))
                                .addString(settings.ordering().text())
                                .addInteger(settings.maxInFlight())
                                .addLong(settings.ackTimeout().toMillis())
                                .addInteger(settings.attempts())
                                .addLong(settings.firstWait().toMillis())
                                .addLong(settings.longestWait().toMillis())
                                .addString(settings.onPoison().text())
                                .addLong(position)
                                .addString(principal)
                                .addInteger(limit))
                .map(rows -> first(rows, row -> row.getBoolean(0)));
    }

    private static String[] texts(List<NamePattern> patterns) {
        return NamePattern.texts(patterns).toArray(String[]::new);
    }

    Uni<Optional<ConsumerStatus>> show(String name) {
        return execute(ONE, Tuple.of(name)).map(rows -> first(rows, ConsumerTable::status));
    }

    Uni<List<ConsumerStatus>> list() {
        return execute(ALL, Tuple.tuple())
                .map(rows -> stream(rows).map(ConsumerTable::status).toList());
    }

    /** What a desk has to know before it reads the log for a consumer. */
    Uni<Optional<DeskState>> state(String name) {
        return execute(STATE, Tuple.of(name))
                .map(rows -> first(rows, row -> new DeskState(settings(row, 0), row.getInteger(10), row.getLong(11))));
    }

    Uni<Boolean> delete(String name) {
        return execute(DELETE, Tuple.of(name)).map(rows -> rows.size() > 0);
    }

    Uni<Boolean> pause(String name, String principal) {
        return execute(PAUSE, Tuple.of(name, "paused", principal)).map(rows -> rows.size() > 0);
    }

    Uni<Boolean> resume(String name, String principal) {
        return execute(RESUME, Tuple.of(name, "resumed", principal)).map(rows -> rows.size() > 0);
    }

    Uni<Boolean> replay(String name, long after, String principal) {
        return execute(REPLAY, Tuple.of(name, after, principal)).map(rows -> rows.size() > 0);
    }

    /** Hands out these events again, if they were read before and are not under way. How many they are. */
    Uni<Integer> again(String name, ConsumerSettings settings, List<StreamEvent> events) {
        return execute(
                        AGAIN_OF_STREAM,
                        Tuple.of(name)
                                .addArrayOfLong(events.stream()
                                        .map(StreamEvent::globalPosition)
                                        .toArray(Long[]::new))
                                .addArrayOfString(
                                        events.stream().map(settings::key).toArray(String[]::new)))
                .map(rows -> rows.iterator().next().getLong(0).intValue());
    }

    Uni<Void> sayReplayed(String name, String stream, String principal) {
        return execute(SAY_REPLAYED, Tuple.of(name, stream, principal)).replaceWithVoid();
    }

    /**
     * Takes in what was read and hands out what is due.
     *
     * @param read events after {@code from} that pass the filter
     * @param examined up to where the log was read
     * @param log which log that was, as {@link io.eventuali.identity.LogIdentity#guard} has it
     */
    Uni<Handed> claim(
            String name,
            DeskState known,
            UUID claim,
            ClaimRequest request,
            long from,
            List<StreamEvent> read,
            long examined,
            String log) {
        Duration lease = request.lease().orElse(known.settings().ackTimeout());
        return execute(
                        CLAIM,
                        Tuple.of(name, known.revision(), claim, request.member(), request.max(), lease.toMillis())
                                .addLong(from)
                                .addLong(examined)
                                .addArrayOfLong(read.stream()
                                        .map(StreamEvent::globalPosition)
                                        .toArray(Long[]::new))
                                .addArrayOfString(
                                        read.stream().map(known.settings()::key).toArray(String[]::new))
                                .addString(log))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Handed(
                            row.getString(0),
                            Optional.ofNullable(row.getLong(1)).orElse(0L),
                            Optional.ofNullable(row.getInteger(2)).orElse(0),
                            Optional.ofNullable(row.getLong(3)),
                            List.of(row.getArrayOfLongs(4)),
                            List.of(row.getArrayOfIntegers(5)));
                });
    }

    /** Takes back what a worker did not get. */
    Uni<Void> giveBack(String name, UUID claim, List<Long> positions) {
        return execute(GIVE_BACK, Tuple.of(name, claim).addArrayOfLong(positions.toArray(Long[]::new)))
                .replaceWithVoid();
    }

    /** Fails with {@link ConsumerException}. */
    Uni<Void> settle(String name, List<Settlement> settlements) {
        List<UUID> claims = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        List<String> verbs = new ArrayList<>();
        List<Long> waits = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (Settlement settlement : settlements) {
            claims.add(settlement.token().claim());
            positions.add(settlement.token().position());
            verbs.add(settlement.verb().text());
            waits.add(settlement.time().map(Duration::toMillis).orElse(null));
            reasons.add(settlement.reason());
        }
        return execute(
                        SETTLE,
                        Tuple.of(name)
                                .addArrayOfUUID(claims.toArray(UUID[]::new))
                                .addArrayOfLong(positions.toArray(Long[]::new))
                                .addArrayOfString(verbs.toArray(String[]::new))
                                .addArrayOfLong(waits.toArray(Long[]::new))
                                .addArrayOfString(reasons.toArray(String[]::new)))
                .invoke(rows -> {
                    Row row = rows.iterator().next();
                    if (row.getString(0).equals("absent")) {
                        throw new ConsumerException.Absent(name);
                    }
                    if (row.getString(0).equals("out-of-order")) {
                        throw new ConsumerException.OutOfOrder(row.getLong(2));
                    }
                    Set<Long> lost = new HashSet<>(Arrays.asList(row.getArrayOfLongs(1)));
                    if (!lost.isEmpty()) {
                        throw new ConsumerException.ClaimLost(settlements.stream()
                                .map(Settlement::token)
                                .filter(token -> lost.contains(token.position()))
                                .toList());
                    }
                })
                .replaceWithVoid();
    }

    Uni<List<ParkedEvent>> parked(String name, long after, int limit) {
        return execute(PARKED, Tuple.of(name, after, limit)).map(rows -> stream(rows)
                .map(row -> new ParkedEvent(
                        row.getLong(0),
                        row.getString(1),
                        row.getInteger(2),
                        Optional.ofNullable(row.getString(3)),
                        row.getOffsetDateTime(4).toInstant()))
                .toList());
    }

    /** The first dead letter of the key that the one at this position has; empty if there is none at this position. */
    Uni<Optional<Long>> firstParkedLike(String name, long position) {
        return execute(FIRST_OF_KEY, Tuple.of(name, position)).map(rows -> first(rows, row -> row.getLong(0)));
    }

    Uni<Integer> retry(String name, long position, String principal) {
        return execute(RETRY, Tuple.of(name, position, principal)).map(RowSet::size);
    }

    Uni<Integer> retryKey(String name, String key, String principal) {
        return execute(RETRY_KEY, Tuple.of(name, key, principal)).map(RowSet::size);
    }

    Uni<Integer> discard(String name, long position, String principal) {
        return execute(DISCARD, Tuple.of(name, position, principal)).map(RowSet::size);
    }

    /** The newest first. */
    Uni<List<HistoryLine>> history(String name) {
        return execute(HISTORY, Tuple.of(name)).map(rows -> stream(rows)
                .map(row -> new HistoryLine(
                        row.getOffsetDateTime(0).toInstant(),
                        row.getString(1),
                        Optional.ofNullable(row.getLong(2)),
                        Optional.ofNullable(row.getString(3)),
                        Optional.ofNullable(row.getString(4))))
                .toList());
    }

    private static ConsumerStatus status(Row row) {
        long read = row.getLong(11);
        Optional<Long> stopped = Optional.ofNullable(row.getLong(13));
        String state = row.getBoolean(12) ? "paused" : stopped.isPresent() ? "stopped" : "running";
        return new ConsumerStatus(
                row.getString(0),
                settings(row, 1),
                state,
                Optional.ofNullable(row.getLong(20)).map(first -> first - 1).orElse(read),
                row.getLong(17),
                row.getLong(18),
                row.getLong(19),
                row.getLong(15),
                instant(row.getOffsetDateTime(21)),
                List.of(row.getArrayOfStrings(22)),
                stopped,
                Optional.ofNullable(row.getString(14)),
                row.getOffsetDateTime(16).toInstant());
    }

    private static ConsumerSettings settings(Row row, int at) {
        return new ConsumerSettings(
                new EventFilter(patterns(row, at), patterns(row, at + 1), patterns(row, at + 2)),
                Ordering.of(row.getString(at + 3)).orElseThrow(),
                row.getInteger(at + 4),
                Duration.ofMillis(row.getLong(at + 5)),
                row.getInteger(at + 6),
                Duration.ofMillis(row.getLong(at + 7)),
                Duration.ofMillis(row.getLong(at + 8)),
                OnPoison.of(row.getString(at + 9)).orElseThrow());
    }

    private static List<NamePattern> patterns(Row row, int at) {
        return Arrays.stream(row.getArrayOfStrings(at)).map(NamePattern::of).toList();
    }

    private static Optional<Instant> instant(OffsetDateTime time) {
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }

    private static <T> Optional<T> first(RowSet<Row> rows, Function<Row, T> read) {
        return stream(rows).findFirst().map(read);
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        List<Row> list = new ArrayList<>(rows.size());
        rows.forEach(list::add);
        return list.stream();
    }

    /** What the log is read by. */
    record DeskState(ConsumerSettings settings, int revision, long position) {}

    /**
     * What a claim got.
     *
     * @param outcome claimed; or absent, changed, replaced, paused, stopped
     * @param readUpTo the position that the consumer's reading is at
     * @param room how many events may be read ahead
     * @param dueMillis until something is due; empty: nothing is
     * @param positions of the events that are handed out
     * @param attempts at each of them, this one included
     */
    record Handed(
            String outcome,
            long readUpTo,
            int room,
            Optional<Long> dueMillis,
            List<Long> positions,
            List<Integer> attempts) {}
}
