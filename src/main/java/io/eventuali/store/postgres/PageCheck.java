package io.eventuali.store.postgres;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.LogDamage;
import io.eventuali.store.LogDamage.Reason;
import io.eventuali.store.engine.StoredJson;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds the rows of a page against what a sound log is. A page goes as far as its rows are sound; what comes then is damaged, however many
 * positions it is, and the page after it begins behind it. Every position below a row that is seen was committed before it (G1), so one
 * that has no row is missing.
 */
final class PageCheck {
    private final List<StreamEvent> sound = new ArrayList<>();
    private LogDamage damage;

    /**
     * @param after exclusive start of the page
     * @param rows in log order
     * @param outOfOrder positions of events that are known not to follow in their streams
     */
    PageCheck(long after, Iterable<Row> rows, Set<Long> outOfOrder) {
        long expected = after + 1;
        for (Row row : rows) {
            long position = row.getLong(0);
            if (position < expected) {
                repeated(position);
                return;
            }
            if (position > expected) {
                damage = new LogDamage(expected, position - 1, Reason.MISSING);
                return;
            }
            Optional<Reason> wrong = outOfOrder.contains(position) ? Optional.of(Reason.OUT_OF_ORDER) : read(row);
            if (wrong.isPresent()) {
                damage = new LogDamage(position, position, wrong.get());
                return;
            }
            expected++;
        }
    }

    /** Which of the rows with one position is right, nobody can tell. */
    private void repeated(long position) {
        sound.remove(sound.size() - 1);
        damage = new LogDamage(position, position, Reason.REPEATED);
    }

    /** Takes the row's event, or says what is wrong with it. */
    private Optional<Reason> read(Row row) {
        return wrong(row, sound);
    }

    /** Adds the event of a row to others, unless something is wrong with it by itself. */
    static Optional<Reason> wrong(Row row, List<StreamEvent> events) {
        StreamEvent event;
        try {
            event = EventRows.event(row);
        } catch (RuntimeException unreadable) {
            return Optional.of(Reason.UNREADABLE);
        }
        Optional<Reason> wrong = wrong(event);
        if (wrong.isEmpty()) {
            events.add(event);
        }
        return wrong;
    }

    /** What is wrong with an event by itself. */
    static Optional<Reason> wrong(StreamEvent event) {
        return StoredJson.isWellFormed(event.data().text())
                        && StoredJson.isObject(event.metadata().text())
                ? Optional.empty()
                : Optional.of(Reason.NOT_JSON);
    }

    /** The events before the first damaged position. */
    List<StreamEvent> sound() {
        return sound;
    }

    /** What comes after them; empty if all rows are sound. */
    Optional<LogDamage> damage() {
        return Optional.ofNullable(damage);
    }

    /** Whether an event of the page does not follow the one before it in its stream. Which of the two is wrong, takes a look at the table. */
    boolean isOutOfOrder() {
        Map<StreamId, Long> positions = new HashMap<>();
        for (StreamEvent event : sound) {
            Long before = positions.put(event.streamId(), event.streamPosition());
            if (before != null && event.streamPosition() != before + 1) {
                return true;
            }
        }
        return false;
    }
}
