package io.eventuali.store.postgres;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogDamage;
import io.eventuali.store.LogDamage.Reason;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.Damages;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the log newest first. As forwards, a page goes as far as its rows are sound, and ends early when its events are large. */
final class BackwardReader {
    static final String PAGE = Marked.rows("SELECT " + EventRows.COLUMNS + " FROM (SELECT " + EventRows.COLUMNS
            + ", sum(octet_length(data) + octet_length(metadata)) OVER (ORDER BY global_position DESC ROWS UNBOUNDED"
            + " PRECEDING) - octet_length(data) - octet_length(metadata) AS bytes_before FROM events WHERE"
            + " global_position < $1 AND global_position >= $2) AS page WHERE bytes_before < $3 ORDER BY"
            + " global_position DESC");
    private static final String BELOW =
            Marked.row("SELECT max(global_position) FROM events WHERE global_position < $1");

    private final LogReader reader;
    private final StoreConfig.Read config;
    private final Damages damages;

    BackwardReader(LogReader reader, StoreConfig.Read config, Damages damages) {
        this.reader = reader;
        this.config = config;
        this.damages = damages;
    }

    /** @param before exclusive; the log has come as far as the position below it */
    Uni<List<StreamEvent>> page(long before, int limit) {
        if (before <= 1) {
            return Uni.createFrom().item(List.of());
        }
        return reader.query(
                        PAGE,
                        Tuple.of(before, before - limit, config.pageBytes().asLongValue()))
                .chain(rows -> {
                    if (rows.isEmpty()) {
                        return belowAHole(before);
                    }
                    Page page = Page.of(before, rows, Set.of());
                    return page.isOutOfOrder() ? withoutOutOfOrder(before, rows, page) : answer(page);
                });
    }

    /** No row within the limit: the next one is further away. */
    private Uni<List<StreamEvent>> belowAHole(long before) {
        return reader.query(BELOW, Tuple.of(before)).chain(rows -> {
            long next = rows.isEmpty() ? 0 : rows.get(0).getLong(0);
            return damaged(new LogDamage(next + 1, before - 1, Reason.MISSING));
        });
    }

    private Uni<List<StreamEvent>> withoutOutOfOrder(long before, List<Row> rows, Page page) {
        Long[] positions =
                page.sound().stream().map(StreamEvent::globalPosition).toArray(Long[]::new);
        return reader.query(LogReader.OUT_OF_ORDER, Tuple.tuple().addArrayOfLong(positions))
                .chain(found -> {
                    Set<Long> outOfOrder = new HashSet<>();
                    found.forEach(row -> outOfOrder.add(row.getLong(0)));
                    return answer(Page.of(before, rows, outOfOrder));
                });
    }

    private Uni<List<StreamEvent>> answer(Page page) {
        return page.sound().isEmpty()
                ? damaged(page.damage().orElseThrow())
                : Uni.createFrom().item(page.sound());
    }

    private Uni<List<StreamEvent>> damaged(LogDamage damage) {
        damages.found(damage);
        return Uni.createFrom().failure(new LogDamaged(damage));
    }

    /** Sound events below a position, and what is wrong with what is below them, if something is. */
    private record Page(List<StreamEvent> sound, Optional<LogDamage> damage) {

        static Page of(long before, List<Row> rows, Set<Long> outOfOrder) {
            List<StreamEvent> sound = new ArrayList<>(rows.size());
            long expected = before - 1;
            for (Row row : rows) {
                long position = row.getLong(0);
                if (position < expected) {
                    return new Page(sound, Optional.of(new LogDamage(position + 1, expected, Reason.MISSING)));
                }
                if (position > expected) {
                    // Which of the rows with one position is right, nobody can tell.
                    sound.remove(sound.size() - 1);
                    return new Page(sound, Optional.of(new LogDamage(position, position, Reason.REPEATED)));
                }
                Optional<Reason> wrong =
                        outOfOrder.contains(position) ? Optional.of(Reason.OUT_OF_ORDER) : PageCheck.wrong(row, sound);
                if (wrong.isPresent()) {
                    return new Page(sound, Optional.of(new LogDamage(position, position, wrong.get())));
                }
                expected--;
            }
            return new Page(sound, Optional.empty());
        }

        boolean isOutOfOrder() {
            Map<StreamId, Long> positions = new HashMap<>();
            for (StreamEvent event : sound) {
                Long after = positions.put(event.streamId(), event.streamPosition());
                if (after != null && event.streamPosition() != after - 1) {
                    return true;
                }
            }
            return false;
        }
    }
}
