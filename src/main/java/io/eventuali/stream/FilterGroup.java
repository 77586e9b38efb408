package io.eventuali.stream;

import io.eventuali.stream.ReceiverSignal.Events;
import java.util.ArrayList;
import java.util.List;

/**
 * All subscriptions with the same filter and encoder. It remembers which of the newest events its filter accepted, so that its
 * members look at none of the others, and has each piece made once for all of them.
 */
final class FilterGroup {
    /** Accepted positions remembered. Who is further behind looks through the events themselves. */
    private static final int REMEMBERED = 1024;

    private final int number;
    private final EventFilter filter;
    private final Broadcast broadcast;
    private final List<Seats> seats = new ArrayList<>();
    private final RecentPositions accepted;
    private volatile Seats[] woken = {};
    private volatile int members;
    private volatile long lastAccepted;

    FilterGroup(int number, EventFilter filter, Broadcast broadcast, long position) {
        this.number = number;
        this.filter = filter;
        this.broadcast = broadcast;
        this.accepted = new RecentPositions(REMEMBERED, position);
        this.lastAccepted = position;
    }

    int number() {
        return number;
    }

    EventFilter filter() {
        return filter;
    }

    int members() {
        return members;
    }

    /** Where the group is reached; an array, since it is read for every event. */
    Seats[] seats() {
        return woken;
    }

    /** Called by the broadcast, one call at a time, as are the following ones. */
    void join(SubscriptionCursor cursor, Lane lane) {
        Seats joined = seatsOf(lane);
        if (joined == null) {
            joined = new Seats(lane);
            seats.add(joined);
            woken = seats.toArray(Seats[]::new);
        }
        joined.add(cursor);
        members++;
    }

    void leave(SubscriptionCursor cursor, Lane lane) {
        Seats left = seatsOf(lane);
        left.remove(cursor);
        members--;
        if (left.isEmpty()) {
            seats.remove(left);
            woken = seats.toArray(Seats[]::new);
        }
    }

    private Seats seatsOf(Lane lane) {
        for (Seats one : seats) {
            if (one.lane() == lane) {
                return one;
            }
        }
        return null;
    }

    /**
     * Remembers an event if the filter accepts it.
     *
     * @return whether the group was not yet woken for one of this batch
     */
    boolean offer(LogEntry entry, long batchStart) {
        long position = entry.position();
        // A name may fit several patterns of one filter, and then the index names the group several times.
        if (lastAccepted == position || !filter.accepts(entry.event())) {
            return false;
        }
        accepted.add(position);
        boolean first = lastAccepted < batchStart;
        lastAccepted = position;
        return first;
    }

    /** Events were missed, so nothing is known before this position. */
    void startOver(long position) {
        accepted.startOver(position);
        lastAccepted = position;
    }

    /** Whether there is certainly nothing for a member between this position and where the broadcast stood before this call. */
    boolean isQuietAfter(long position) {
        return accepted.floor() <= position && lastAccepted <= position;
    }

    /**
     * The next piece for a member: one that was made for another, or a new one.
     *
     * @param position where the member stands, below {@code upTo}
     * @param upTo where the broadcast stands
     * @param page the page of history that the member has at hand, or null
     * @return null if the member needs a page of history
     */
    Events after(long position, long upTo, EntryPage page) {
        if (isQuietAfter(position)) {
            return new Events(position, upTo, List.of(), false);
        }
        if (members < 2) {
            return make(position, upTo, page);
        }
        Events shared = broadcast.batches().get(this, position);
        if (shared != null && (shared.full() || coversEnough(shared, upTo))) {
            return shared;
        }
        Events made = make(position, upTo, page);
        if (made != null) {
            broadcast.batches().put(this, made);
        }
        return made;
    }

    /** A small piece that was made when there was little is made anew when there is much: so pieces grow under load. */
    private static boolean coversEnough(Events batch, long upTo) {
        return 4 * (batch.position() - batch.after()) >= upTo - batch.after();
    }

    private Events make(long position, long upTo, EntryPage page) {
        LiveRing ring = broadcast.ring();
        long[] known = accepted.after(position);
        if (known != null) {
            Events made = broadcast.pieces().ofPositions(position, upTo, known, ring);
            // The ring may have given up an event meanwhile.
            if (made != null) {
                return made;
            }
        }
        if (ring.get(position + 1) != null) {
            return broadcast.pieces().ofEntries(position, upTo, ring::get, true, filter);
        }
        if (page != null && page.covers(position + 1)) {
            return broadcast.pieces().ofPage(position, upTo, page, filter);
        }
        return null;
    }
}
