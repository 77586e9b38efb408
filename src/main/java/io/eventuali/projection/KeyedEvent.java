package io.eventuali.projection;

import io.eventuali.event.StreamEvent;

/** An event that a projection handles, and the key of the document that it is for. */
record KeyedEvent(StreamEvent event, String key) {
    long position() {
        return event.globalPosition();
    }
}
