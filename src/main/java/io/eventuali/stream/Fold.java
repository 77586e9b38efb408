package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.stream.ReceiverSignal.Update;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The latest event of each aggregate since the last update, in log order; bounded in aggregates and bytes. */
final class Fold {
    private final int maxAggregates;
    private final long maxBytes;
    private final Map<StreamId, Update> latest = new LinkedHashMap<>();
    private long bytes;

    Fold(int maxAggregates, long maxBytes) {
        this.maxAggregates = maxAggregates;
        this.maxBytes = maxBytes;
    }

    void add(List<LogEntry> entries) {
        for (LogEntry entry : entries) {
            StreamEvent event = entry.event();
            StreamId aggregate = new StreamId(event.aggregateType(), event.aggregateId());
            // Removed before it is put, so that the order is that of the latest events.
            Update before = latest.remove(aggregate);
            latest.put(aggregate, new Update(event, before == null ? 0 : before.folded() + 1));
            bytes += entry.bytes() - (before == null ? 0 : LogEntry.bytes(before.event()));
        }
    }

    /** Memory held, roughly. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return latest.isEmpty();
    }

    /** Whether an update has to go out before more can be folded. */
    boolean isFull() {
        return latest.size() >= maxAggregates || bytes >= maxBytes;
    }

    List<Update> take() {
        List<Update> updates = List.copyOf(latest.values());
        latest.clear();
        bytes = 0;
        return updates;
    }
}
