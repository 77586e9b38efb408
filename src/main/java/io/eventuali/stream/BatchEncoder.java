package io.eventuali.stream;

import java.util.List;

/** Turns events that are delivered together into the bytes that subscribers get. */
@FunctionalInterface
public interface BatchEncoder {
    /** The bytes of these events, in their order; the same bytes for the same events. Must not block. */
    byte[] encode(List<LogEntry> entries);
}
