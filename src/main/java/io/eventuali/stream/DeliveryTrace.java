package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.tracing.EventTracing;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * One span for each batch of live events that this replica hands to its subscribers, whatever their number: a span a delivery
 * would cost more than the delivery.
 */
@Singleton
class DeliveryTrace {
    private final EventTracing tracing;
    private final LogTail tail;
    private long seen;

    DeliveryTrace(EventTracing tracing, LogTail tail) {
        this.tracing = tracing;
        this.tail = tail;
    }

    void watch(@Observes StartupEvent started) {
        if (tracing.enabled()) {
            seen = tail.ring().head();
            tail.onPublish(this::published);
        }
    }

    private synchronized void published() {
        LiveRing ring = tail.ring();
        long head = ring.head();
        List<StreamEvent> events = new ArrayList<>();
        for (long position = Math.max(seen + 1, ring.floor()); position <= head; position++) {
            LogEntry entry = ring.get(position);
            if (entry != null) {
                events.add(entry.event());
            }
        }
        seen = head;
        if (!events.isEmpty()) {
            tracing.follow("deliver", events).end();
        }
    }
}
