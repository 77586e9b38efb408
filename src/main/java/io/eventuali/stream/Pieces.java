package io.eventuali.stream;

import io.eventuali.stream.ReceiverSignal.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Cuts what a subscriber is to get into pieces of bounded size.
 *
 * @param maxEvents events of a piece at most
 * @param maxBytes bytes of a piece at most, except that it holds at least one event
 * @param maxDropped events after which a piece ends into which none has come
 * @param border pieces made by looking through events end at multiples of this position, so that members of a group that come
 *     from different places soon share them
 */
record Pieces(int maxEvents, long maxBytes, int maxDropped, int border) {

    /**
     * A piece of events that are known to pass.
     *
     * @return null if one of them has left the ring
     */
    Events ofPositions(long after, long upTo, long[] accepted, LiveRing ring) {
        Piece piece = new Piece();
        for (long position : accepted) {
            if (position > upTo) {
                break;
            }
            LogEntry entry = ring.get(position);
            if (entry == null) {
                return null;
            }
            if (!piece.add(entry)) {
                return new Events(after, piece.last(after), piece.entries, true);
            }
        }
        return new Events(after, upTo, piece.entries, false);
    }

    /**
     * A piece of what passes the filter, up to a border, a limit, or the end of what the source has.
     *
     * @param grows whether the source may have more later
     */
    Events ofEntries(long after, long upTo, LongFunction<LogEntry> source, boolean grows, EventFilter filter) {
        long end = Math.min(upTo, (after / border + 1) * border);
        Piece piece = new Piece();
        long at = after;
        while (at < end && !(piece.entries.isEmpty() && at - after == maxDropped)) {
            LogEntry entry = source.apply(at + 1);
            if (entry == null) {
                break;
            }
            if (filter.accepts(entry.event()) && !piece.add(entry)) {
                return new Events(after, at, piece.entries, true);
            }
            at++;
        }
        return new Events(after, at, piece.entries, !grows || at % border == 0);
    }

    /** A piece of what passes the filter on a page that need not be whole. */
    Events ofPage(long after, long upTo, EntryPage page, EventFilter filter) {
        if (page.isWhole()) {
            return ofEntries(after, upTo, page::get, false, filter);
        }
        long end = Math.min(upTo, page.last());
        Piece piece = new Piece();
        for (LogEntry entry : page.entriesAfter(after)) {
            if (entry.position() > end) {
                break;
            }
            if (filter.accepts(entry.event()) && !piece.add(entry)) {
                return new Events(after, piece.last(after), piece.entries, true);
            }
        }
        return new Events(after, end, piece.entries, true);
    }

    private final class Piece {
        private final List<LogEntry> entries = new ArrayList<>();
        private long bytes;

        /** Adds an entry, unless the piece is full. */
        boolean add(LogEntry entry) {
            long size = entry.bytes();
            if (entries.size() == maxEvents || !entries.isEmpty() && bytes + size > maxBytes) {
                return false;
            }
            entries.add(entry);
            bytes += size;
            return true;
        }

        long last(long otherwise) {
            return entries.isEmpty()
                    ? otherwise
                    : entries.get(entries.size() - 1).position();
        }
    }
}
