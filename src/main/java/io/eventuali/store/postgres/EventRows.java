package io.eventuali.store.postgres;

import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;

/** Rows of {@code events} as values. */
final class EventRows {
    /** The columns that {@link #event} reads, in its order. */
    static final String COLUMNS =
            "global_position, stream_position, event_id, aggregate_type, aggregate_id, event_type, recorded_at, data, metadata";

    /** As many nulls of the same types. */
    static final String NOTHING = "NULL::bigint, NULL::bigint, NULL::uuid, NULL::text, NULL::text, NULL::text,"
            + " NULL::timestamptz, NULL::text, NULL::text";

    private EventRows() {}

    static StreamEvent event(Row row) {
        return new StreamEvent(
                row.getLong(0),
                row.getLong(1),
                row.getUUID(2),
                new StreamId(row.getString(3), row.getString(4)),
                row.getString(5),
                row.getOffsetDateTime(6).toInstant(),
                new JsonText(row.getString(7)),
                new JsonText(row.getString(8)));
    }

    static List<StreamEvent> events(List<Row> rows) {
        List<StreamEvent> events = new ArrayList<>(rows.size());
        for (Row row : rows) {
            events.add(event(row));
        }
        return events;
    }
}
