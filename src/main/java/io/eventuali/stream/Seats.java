package io.eventuali.stream;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** The subscribers of one filter group on one lane. */
final class Seats {
    private final Lane lane;
    private final List<SubscriptionCursor> cursors = new CopyOnWriteArrayList<>();
    private final AtomicBoolean rung = new AtomicBoolean();

    Seats(Lane lane) {
        this.lane = lane;
    }

    Lane lane() {
        return lane;
    }

    void add(SubscriptionCursor cursor) {
        cursors.add(cursor);
    }

    void remove(SubscriptionCursor cursor) {
        cursors.remove(cursor);
    }

    boolean isEmpty() {
        return cursors.isEmpty();
    }

    /** Whether this is the first ring since the last answer. */
    boolean ring() {
        return rung.compareAndSet(false, true);
    }

    /** Who is to look now. Cleared first: what is rung for later will be answered again. */
    Iterator<SubscriptionCursor> answer() {
        rung.set(false);
        return cursors.iterator();
    }
}
