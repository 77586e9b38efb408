package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import io.eventuali.tracing.EventTracing;
import io.opentelemetry.api.trace.Span;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One span for each transaction of a projection that has a traced event in it, linked to the requests that appended those. Used by one at a time. */
final class ProjectionTrace {
    private final EventTracing tracing;
    private final String projection;
    private final Partition partition;
    private final List<StreamEvent> traced = new ArrayList<>();
    private Instant started = Instant.EPOCH;

    ProjectionTrace(EventTracing tracing, String projection, Partition partition) {
        this.tracing = tracing;
        this.projection = projection;
        this.partition = partition;
    }

    /** A transaction begins. */
    void begin() {
        if (tracing.enabled()) {
            traced.clear();
            started = Instant.now();
        }
    }

    /** These events are handled in it. */
    void handling(List<KeyedEvent> events) {
        if (!tracing.enabled()) {
            return;
        }
        for (KeyedEvent event : events) {
            if (traced.size() < EventTracing.MAX_LINKS && tracing.mayFollow(event.event())) {
                traced.add(event.event());
            }
        }
    }

    /** It was committed. */
    void committed(long from, long to, int handled) {
        if (!traced.isEmpty()) {
            Span span = tracing.follow("project", traced, started);
            EventTracing.described(span, handled, from + 1, to)
                    .setAttribute("eventuali.projection", projection)
                    .setAttribute("eventuali.partition", partition.index())
                    .end();
            traced.clear();
        }
    }
}
