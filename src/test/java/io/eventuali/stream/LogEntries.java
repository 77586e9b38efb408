package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import java.util.List;
import java.util.stream.Stream;

/** Lets tests of other packages make what only the ring and pages make. */
public final class LogEntries {
    private LogEntries() {}

    /** Entries as they sit in the ring. */
    public static List<LogEntry> of(StreamEvent... events) {
        return Stream.of(events).map(LogEntry::new).toList();
    }
}
