package io.eventuali.stream;

import io.eventuali.store.LogPage;
import java.util.List;

/** A run of the log from the store, shared by all who read there. */
final class EntryPage {
    private final long after;
    private final List<LogEntry> entries;
    private final long bytes;

    EntryPage(LogPage page) {
        this.after = page.after();
        this.entries = page.events().stream().map(LogEntry::new).toList();
        this.bytes = entries.stream().mapToLong(LogEntry::bytes).sum();
    }

    /** Position of the last event; where the page starts when it is empty. */
    long last() {
        return after + entries.size();
    }

    /** The entry at a position, or null if it is not on this page. */
    LogEntry get(long position) {
        return position > after && position <= last() ? entries.get((int) (position - after - 1)) : null;
    }

    long bytes() {
        return bytes;
    }
}
