package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.store.LogPage;
import java.util.List;

/** A run of the log from the store, whole or only what an index named of it, shared by all who read there. */
final class EntryPage {
    private final long after;
    private final long last;
    private final List<LogEntry> entries;
    private final long bytes;

    EntryPage(LogPage page) {
        this(page.after(), page.last(), page.events());
    }

    /**
     * @param after exclusive start
     * @param last the position up to which nothing is left out that its readers may want
     */
    EntryPage(long after, long last, List<StreamEvent> events) {
        this.after = after;
        this.last = last;
        this.entries = events.stream().map(LogEntry::new).toList();
        this.bytes = entries.stream().mapToLong(LogEntry::bytes).sum();
    }

    /** Up to where the page goes; where it starts when it is empty. */
    long last() {
        return last;
    }

    /** Whether the page tells of this position. */
    boolean covers(long position) {
        return position > after && position <= last;
    }

    /** Whether each position has its entry. */
    boolean isWhole() {
        return entries.size() == last - after;
    }

    /** The entry at a position of a whole page, or null if it is not on this page. */
    LogEntry get(long position) {
        return covers(position) ? entries.get((int) (position - after - 1)) : null;
    }

    /** The entries behind a position. */
    List<LogEntry> entriesAfter(long position) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).position() <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return entries.subList(low, entries.size());
    }

    long bytes() {
        return bytes;
    }
}
