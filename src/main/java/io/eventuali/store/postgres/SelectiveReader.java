package io.eventuali.store.postgres;

import io.eventuali.event.StreamEvent;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.Selected;
import io.eventuali.store.engine.Selection;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the events that an index names, and no others. All positions up to the end that is asked for were committed before, so several
 * statements see the same of them.
 */
final class SelectiveReader {
    static final String EVENTS = Marked.rows("SELECT " + EventRows.COLUMNS + " FROM (SELECT " + EventRows.COLUMNS
            + ", sum(octet_length(data) + octet_length(metadata)) OVER (ORDER BY global_position ROWS UNBOUNDED"
            + " PRECEDING) - octet_length(data) - octet_length(metadata) AS bytes_before FROM events WHERE"
            + " global_position = ANY($1)) AS page WHERE bytes_before < $2 ORDER BY global_position");

    private final LogReader reader;
    private final StoreConfig.Read config;
    private final StoreMeters meters;
    private final KindIndex kinds;
    private final StreamIndex streams;

    SelectiveReader(LogReader reader, StoreConfig.Read config, StoreMeters meters) {
        this.reader = reader;
        this.config = config;
        this.meters = meters;
        this.kinds = new KindIndex(reader);
        this.streams = new StreamIndex(reader);
    }

    /** The log is another one. */
    void forget() {
        kinds.forget();
    }

    Uni<Selected> select(Selection selection, long after, long upTo, int limit) {
        return reader.ofOneLog(() -> (selection.aggregateIds().isEmpty()
                                ? kinds.find(selection.kind(), after, upTo, limit)
                                : streams.find(selection, after, upTo, limit))
                        .chain(candidates -> candidates.examined() > after
                                ? read(candidates)
                                // An index that does not get on is wrong.
                                : Uni.createFrom().item(new Selected.Scan(upTo))))
                .invoke(selected -> meters.selected(selected instanceof Selected.Events));
    }

    private Uni<Selected> read(Candidates candidates) {
        if (candidates.isScan()) {
            return Uni.createFrom().item(new Selected.Scan(candidates.examined()));
        }
        if (candidates.positions().isEmpty()) {
            return Uni.createFrom().item(new Selected.Events(List.of(), candidates.examined()));
        }
        Long[] positions = candidates.positions().toArray(Long[]::new);
        return reader.query(EVENTS, Tuple.of(positions, config.pageBytes().asLongValue()))
                .map(rows -> selected(candidates, rows));
    }

    /** The events up to the first one that is not as the index says, or all. */
    private static Selected selected(Candidates candidates, List<Row> rows) {
        List<Long> expected = candidates.positions();
        List<StreamEvent> events = new ArrayList<>(rows.size());
        for (Row row : rows) {
            long position = row.getLong(0);
            if (!events.isEmpty() && events.get(events.size() - 1).globalPosition() == position) {
                // Which of the two is right, nobody can tell.
                events.remove(events.size() - 1);
                break;
            }
            if (position != expected.get(events.size())
                    || PageCheck.wrong(row, events).isPresent()) {
                break;
            }
        }
        if (events.isEmpty()) {
            // The scan tells what is wrong there.
            return new Selected.Scan(expected.get(0));
        }
        boolean all = events.size() == expected.size();
        return new Selected.Events(
                events,
                all ? candidates.examined() : events.get(events.size() - 1).globalPosition());
    }
}
