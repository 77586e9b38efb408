package io.eventuali.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells the groups that want an event of it, and wakes their members. What is new is taken from the live ring, by one thread at a
 * time, whoever published it.
 */
final class Broadcast {
    /** Events taken under one hold of the lock, which those who join or leave wait for. */
    private static final int BATCH = 512;

    private final LiveRing ring;
    private final Pieces pieces;
    private final BatchCache batches;
    private final FilterIndex index = new FilterIndex();
    private final Map<GroupKey, FilterGroup> groups = new HashMap<>();
    private final Map<Executor, Lane> lanes = new HashMap<>();
    private final AtomicInteger rings = new AtomicInteger();
    private int groupNumber;
    private volatile long position;

    Broadcast(LiveRing ring, Pieces pieces, BatchCache batches) {
        this.ring = ring;
        this.pieces = pieces;
        this.batches = batches;
    }

    LiveRing ring() {
        return ring;
    }

    Pieces pieces() {
        return pieces;
    }

    BatchCache batches() {
        return batches;
    }

    /** Up to where groups were told. */
    long position() {
        return position;
    }

    /** How many groups have members. */
    synchronized int groups() {
        return groups.size();
    }

    /** Whether nothing is left of any subscriber. */
    synchronized boolean isEmpty() {
        return groups.isEmpty() && lanes.isEmpty() && index.isEmpty();
    }

    /**
     * Makes a subscriber a member of the group of its filter. From then on it is woken for what the filter accepts.
     *
     * @param log the ring's number of it: what members of a group share is of one log
     */
    synchronized FilterGroup join(
            int log, EventFilter filter, BatchEncoder encoder, Executor executor, SubscriptionCursor cursor) {
        FilterGroup group = groups.computeIfAbsent(new GroupKey(log, filter, encoder), key -> {
            FilterGroup opened = new FilterGroup(++groupNumber, filter, this, position);
            index.add(opened);
            return opened;
        });
        group.join(cursor, lanes.computeIfAbsent(executor, Lane::new).join());
        return group;
    }

    synchronized void leave(
            int log, FilterGroup group, BatchEncoder encoder, Executor executor, SubscriptionCursor cursor) {
        Lane lane = lanes.get(executor);
        group.leave(cursor, lane);
        if (group.members() == 0) {
            groups.remove(new GroupKey(log, group.filter(), encoder));
            index.remove(group);
        }
        if (lane.leave()) {
            lanes.remove(executor);
        }
    }

    /** The ring has something new. Returns at once if another thread is at it; that one takes it along. */
    void published() {
        if (rings.getAndIncrement() != 0) {
            return;
        }
        int seen;
        do {
            seen = rings.get();
            while (position < ring.head()) {
                for (FilterGroup group : tell()) {
                    for (Seats seats : group.seats()) {
                        seats.lane().wake(seats);
                    }
                }
            }
        } while (rings.addAndGet(-seen) != 0);
    }

    /** Tells groups of a batch of events and returns those that want some of it. */
    private synchronized List<FilterGroup> tell() {
        List<FilterGroup> woken = new ArrayList<>();
        long start = position + 1;
        long end = Math.min(ring.head(), position + BATCH);
        for (long next = start; next <= end; next++) {
            LogEntry entry = ring.get(next);
            if (entry == null) {
                // The ring was opened here, or has moved on: members read what was missed from the store.
                startOver(Math.max(next, ring.floor()));
                return List.copyOf(groups.values());
            }
            index.candidates(entry.event(), group -> {
                if (group.offer(entry, start)) {
                    woken.add(group);
                }
            });
        }
        position = Math.max(position, end);
        return woken;
    }

    /** The log is another one. */
    synchronized void reset() {
        batches.clear();
        startOver(ring.head());
    }

    private void startOver(long from) {
        groups.values().forEach(group -> group.startOver(from));
        position = from;
    }

    private record GroupKey(int log, EventFilter filter, BatchEncoder encoder) {}
}
