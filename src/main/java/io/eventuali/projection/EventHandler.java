package io.eventuali.projection;

import io.eventuali.event.StreamEvent;

/** What a projection does with one type of event. Called on a worker thread. */
@FunctionalInterface
interface EventHandler<S> {

    /**
     * @param state null when there is no document for the key
     * @return the document from now on, null for none
     */
    S apply(S state, StreamEvent event, Handling handling);
}
