package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import io.smallrye.mutiny.Uni;
import org.hibernate.reactive.mutiny.Mutiny;

/** What a projection with tables of its own does with one type of event. Called on an event loop. */
@FunctionalInterface
interface TableHandler {
    Uni<?> apply(Mutiny.Session session, StreamEvent event, Handling handling);
}
