package io.eventuali.fault.parcel;

import java.util.UUID;

/**
 * What a stream came to: differs if an event is missing, counted twice, out of order, or of another log.
 *
 * @param count of events
 * @param hash over their ids, in their order
 */
public record Tally(long count, long hash) {
    static final Tally EMPTY = new Tally(0, 0);

    /** With one more event. */
    public Tally plus(UUID eventId) {
        return new Tally(count + 1, hash * 31 + eventId.getLeastSignificantBits() % 1_000_003);
    }

    /** Of these events, in their order. */
    public static Tally of(Iterable<UUID> eventIds) {
        Tally tally = EMPTY;
        for (UUID id : eventIds) {
            tally = tally.plus(id);
        }
        return tally;
    }
}
