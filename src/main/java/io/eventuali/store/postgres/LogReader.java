package io.eventuali.store.postgres;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStore.Direction;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogDamage;
import io.eventuali.store.LogHead;
import io.eventuali.store.LogPage;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.StreamPage;
import io.eventuali.store.engine.Damages;
import io.eventuali.store.engine.EventKind;
import io.eventuali.store.engine.StreamTypes;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Reads the log. Each read is one statement, so it sees one snapshot: no event can appear below one already seen (G1). */
final class LogReader {
    // The running sum ends a page early when its events are large: memory is bounded by bytes, not by a count.
    static final String PAGE = Marked.rows("SELECT " + EventRows.COLUMNS + " FROM (SELECT " + EventRows.COLUMNS
            + ", sum(octet_length(data) + octet_length(metadata)) OVER (ORDER BY global_position ROWS UNBOUNDED"
            + " PRECEDING) - octet_length(data) - octet_length(metadata) AS bytes_before FROM events WHERE"
            + " global_position > $1 AND global_position <= $2) AS page WHERE bytes_before < $3 ORDER BY"
            + " global_position");
    private static final String NEXT = Marked.row("SELECT min(global_position) FROM events WHERE global_position > $1");
    // An event follows if the one before it in its stream is there, and below it; or if what is between them may have
    // been on positions that have no row, or one of that stream which does not follow. Asked only when something is
    // wrong.
    static final String OUT_OF_ORDER = Marked.row("SELECT e.global_position FROM events e LEFT JOIN LATERAL (SELECT"
            + " p.stream_position, p.global_position FROM events p WHERE p.stream_id = e.stream_id AND p.stream_position"
            + " < e.stream_position ORDER BY p.stream_position DESC LIMIT 1) p ON true CROSS JOIN LATERAL (SELECT"
            + " coalesce(p.stream_position, 0) AS stream_position, coalesce(p.global_position, 0) AS global_position) b"
            + " WHERE e.global_position = ANY($1) AND (b.global_position > e.global_position OR EXISTS (SELECT FROM"
            + " events d WHERE d.stream_id = e.stream_id AND d.stream_position = e.stream_position AND"
            + " d.global_position < e.global_position) OR b.stream_position <> e.stream_position - 1 AND"
            + " e.stream_position - 1 - b.stream_position > e.global_position - 1 - b.global_position - (SELECT"
            + " count(DISTINCT h.global_position) FROM events h WHERE h.global_position > b.global_position AND"
            + " h.global_position < e.global_position AND h.stream_id <> e.stream_id))");
    private static final String STREAM = Marked.row(
            "SELECT stream_id, coalesce((SELECT stream_position FROM events e WHERE e.stream_id = s.stream_id"
                    + " ORDER BY stream_position DESC LIMIT 1), 0)"
                    + " FROM stream s WHERE aggregate_type = $1 AND aggregate_id = $2");
    private static final String STREAM_PAGE = "SELECT " + EventRows.COLUMNS + " FROM (SELECT " + EventRows.COLUMNS
            + ", sum(octet_length(data) + octet_length(metadata)) OVER (ORDER BY stream_position %1$s ROWS UNBOUNDED"
            + " PRECEDING) - octet_length(data) - octet_length(metadata) AS bytes_before FROM events WHERE stream_id ="
            + " $1 AND stream_position BETWEEN $2 AND $3) AS page WHERE bytes_before < $4 ORDER BY stream_position"
            + " %1$s";
    static final String FORWARD = Marked.rows(STREAM_PAGE.formatted("ASC"));
    private static final String BACKWARD = Marked.rows(STREAM_PAGE.formatted("DESC"));
    private static final String EVENT =
            Marked.row("SELECT " + EventRows.COLUMNS + " FROM events WHERE global_position = $1");
    private static final String EVENT_TYPES =
            Marked.row("SELECT event_types FROM stream WHERE aggregate_type = $1 AND aggregate_id = $2");
    private static final String EVENT_KIND =
            Marked.row("SELECT aggregate_type, event_type FROM events WHERE global_position = $1");
    /** As append_batch has it: a longer list is cut off there. */
    private static final int MAX_EVENT_TYPES = 4_000;

    private static final String BY_ID =
            Marked.row("SELECT " + EventRows.COLUMNS + " FROM events WHERE event_id = ANY($1)");
    private static final String HEAD = "SELECT log_mark()";
    private static final String POSITION_BEFORE = Marked.row("SELECT position_before($1)");

    private final Statements statements;
    private final StoreConfig.Read config;
    private final StoreMeters meters;
    private final LogIdentity identity;
    private final Damages damages;

    LogReader(
            Statements statements, StoreConfig.Read config, StoreMeters meters, LogIdentity identity, Damages damages) {
        this.damages = damages;
        this.statements = statements;
        this.config = config;
        this.meters = meters;
        this.identity = identity;
    }

    Uni<LogPage> page(long after, int limit) {
        long started = System.nanoTime();
        return query(
                        PAGE,
                        Tuple.of(
                                after,
                                Math.addExact(after, limit),
                                config.pageBytes().asLongValue()))
                .chain(rows -> {
                    meters.pageRead(System.nanoTime() - started);
                    return rows.isEmpty() ? behindAHole(after) : checked(after, limit, rows);
                });
    }

    /** No row within the limit: the log ends here, or its next row is further away. */
    private Uni<LogPage> behindAHole(long after) {
        return query(NEXT, Tuple.of(after)).map(rows -> {
            long next = rows.isEmpty() ? 0 : rows.get(0).getLong(0);
            if (next > after + 1) {
                throw damaged(new LogDamage(after + 1, next - 1, LogDamage.Reason.MISSING));
            }
            return new LogPage(after, List.of(), next > 0);
        });
    }

    private Uni<LogPage> checked(long after, int limit, List<Row> rows) {
        PageCheck check = new PageCheck(after, rows, Set.of());
        if (!check.isOutOfOrder()) {
            return Uni.createFrom().item(page(after, limit, check));
        }
        Long[] positions =
                check.sound().stream().map(StreamEvent::globalPosition).toArray(Long[]::new);
        return query(OUT_OF_ORDER, Tuple.tuple().addArrayOfLong(positions)).map(found -> {
            Set<Long> outOfOrder = new HashSet<>();
            found.forEach(row -> outOfOrder.add(row.getLong(0)));
            return page(after, limit, new PageCheck(after, rows, outOfOrder));
        });
    }

    private LogPage page(long after, int limit, PageCheck check) {
        List<StreamEvent> events = check.sound();
        damages.sound(after + 1, after + events.size());
        if (check.damage().isPresent() && events.isEmpty()) {
            throw damaged(check.damage().get());
        }
        return new LogPage(
                after, events, events.size() == limit || check.damage().isPresent() || mayBeFull(events));
    }

    private LogDamaged damaged(LogDamage damage) {
        damages.found(damage);
        return new LogDamaged(damage);
    }

    /** Whether a page may have been ended by its bytes. The database counts bytes, here are characters of up to three each. */
    private boolean mayBeFull(List<StreamEvent> events) {
        long characters = 0;
        for (StreamEvent event : events) {
            characters += event.data().text().length() + event.metadata().text().length();
        }
        return characters * 3 >= config.pageBytes().asLongValue();
    }

    Uni<Optional<StreamPage>> stream(StreamId stream, long from, int limit, Direction direction) {
        return ofOneLog(() -> pageOf(stream, from, limit, direction));
    }

    /** Which log this replica is in. */
    String epoch() {
        return identity.epoch();
    }

    /** An answer of several statements, of which each could have been answered by another log. */
    <T> Uni<T> ofOneLog(Supplier<Uni<T>> statements) {
        return Uni.createFrom().deferred(() -> {
            String log = identity.epoch();
            return statements.get().invoke(answer -> requireSame(log));
        });
    }

    private void requireSame(String log) {
        if (!log.equals(identity.epoch())) {
            throw new EventStoreException.Unavailable("the database holds another log than before", null);
        }
    }

    private Uni<Optional<StreamPage>> pageOf(StreamId stream, long from, int limit, Direction direction) {
        return find(stream).chain(found -> {
            if (found.isEmpty()) {
                return Uni.createFrom().item(Optional.empty());
            }
            long position = found.get().position();
            boolean forward = direction == Direction.FORWARD;
            long low = forward ? from : Math.max(1, Math.min(from, position) - limit + 1);
            // Not beyond the position read above: the page and its ETag tell of the same moment.
            long high = forward ? Math.min(position, from + limit - 1) : Math.min(from, position);
            return query(
                            forward ? FORWARD : BACKWARD,
                            Tuple.of(
                                    found.get().streamId(),
                                    low,
                                    high,
                                    config.pageBytes().asLongValue()))
                    .map(rows -> {
                        if (rows.isEmpty() && low <= high) {
                            throw new LogDamaged(LogDamage.UNKNOWN, forward ? low : high);
                        }
                        return soundRun(rows, forward ? low : high, forward);
                    })
                    .map(events -> Optional.of(new StreamPage(events, next(events, position, forward), position)));
        });
    }

    /** The events of one stream from a position on, up to the first one that is missing or cannot be read. */
    private List<StreamEvent> soundRun(List<Row> rows, long from, boolean forward) {
        List<StreamEvent> events = new ArrayList<>(rows.size());
        long expected = from;
        for (Row row : rows) {
            boolean missing = row.getLong(1) != expected;
            Optional<LogDamage.Reason> wrong =
                    missing ? Optional.of(LogDamage.Reason.MISSING) : PageCheck.wrong(row, events);
            if (wrong.isPresent() && !events.isEmpty()) {
                return events;
            }
            if (missing) {
                // Where in the log it was, is for those to find who read the log.
                throw new LogDamaged(LogDamage.UNKNOWN, expected);
            }
            if (wrong.isPresent()) {
                LogDamage damage = new LogDamage(row.getLong(0), row.getLong(0), wrong.get());
                damages.found(damage);
                throw new LogDamaged(damage, expected);
            }
            expected += forward ? 1 : -1;
        }
        return events;
    }

    private static OptionalLong next(List<StreamEvent> events, long position, boolean forward) {
        if (events.isEmpty()) {
            return OptionalLong.empty();
        }
        long last = events.get(events.size() - 1).streamPosition();
        if (forward) {
            return last < position ? OptionalLong.of(last + 1) : OptionalLong.empty();
        }
        return last > 1 ? OptionalLong.of(last - 1) : OptionalLong.empty();
    }

    Uni<Long> streamPosition(StreamId stream) {
        return find(stream).map(found -> found.map(FoundStream::position).orElse(0L));
    }

    Uni<Optional<StreamEvent>> event(long globalPosition) {
        return query(EVENT, Tuple.of(globalPosition)).map(rows -> {
            PageCheck check = new PageCheck(globalPosition - 1, rows, Set.of());
            check.damage().ifPresent(damage -> {
                throw damaged(damage);
            });
            return check.sound().stream().findFirst();
        });
    }

    Uni<Optional<StreamTypes>> eventTypes(StreamId stream) {
        return query(EVENT_TYPES, Tuple.of(stream.aggregateType(), stream.aggregateId()))
                .map(rows -> rows.stream().map(row -> types(row.getString(0))).findFirst());
    }

    /** Each name stands between two line breaks; what follows the last of them was cut off. */
    static StreamTypes types(String list) {
        Set<String> types = new HashSet<>();
        int begin = list.indexOf('\n') + 1;
        for (int end = list.indexOf('\n', begin); end > 0; end = list.indexOf('\n', begin)) {
            types.add(list.substring(begin, end));
            begin = end + 1;
        }
        return new StreamTypes(types, !list.isEmpty() && list.codePointCount(0, list.length()) < MAX_EVENT_TYPES);
    }

    Uni<Optional<EventKind>> eventKind(long globalPosition) {
        return query(EVENT_KIND, Tuple.of(globalPosition)).map(rows -> rows.stream()
                .map(row -> new EventKind(row.getString(0), row.getString(1)))
                .findFirst());
    }

    /** The events that have one of these ids, by id. */
    Uni<Map<UUID, StreamEvent>> events(List<UUID> ids) {
        return query(BY_ID, Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> EventRows.events(rows).stream()
                        .collect(Collectors.toMap(StreamEvent::eventId, Function.identity())));
    }

    Uni<LogHead> head() {
        return marks(HEAD, Tuple.tuple()).map(rows -> {
            LogMark mark = Marked.mark(rows);
            return new LogHead(mark.head(), mark.epoch());
        });
    }

    Uni<Long> positionBefore(Instant moment) {
        return query(POSITION_BEFORE, Tuple.of(moment.atOffset(ZoneOffset.UTC)))
                .map(rows -> rows.get(0).getLong(0));
    }

    private Uni<Optional<FoundStream>> find(StreamId stream) {
        return query(STREAM, Tuple.of(stream.aggregateType(), stream.aggregateId()))
                .map(rows -> rows.stream()
                        .map(row -> new FoundStream(row.getLong(0), row.getLong(1)))
                        .findFirst());
    }

    /** The rows of a {@link Marked} statement. */
    Uni<List<Row>> query(String sql, Tuple arguments) {
        return marks(sql, arguments).map(Marked::answer);
    }

    /** Fails unless it is this replica's log that answers. */
    private Uni<RowSet<Row>> marks(String sql, Tuple arguments) {
        return Uni.createFrom().deferred(() -> {
            LogMark before = identity.seen();
            return statements
                    .execute(sql, arguments, config.timeout())
                    .onFailure(Marked::isRefused)
                    .invoke(identity::doubt)
                    .onFailure()
                    .transform(
                            cause -> new EventStoreException.Unavailable("the database did not answer a read", cause))
                    .invoke(rows -> {
                        if (!identity.confirms(before, Marked.mark(rows))) {
                            throw new EventStoreException.Unavailable(
                                    "the database holds another log than before", null);
                        }
                    });
        });
    }

    private record FoundStream(long streamId, long position) {}
}
