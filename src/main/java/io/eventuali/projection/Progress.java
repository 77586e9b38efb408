package io.eventuali.projection;

/** Which event a handler is at, and since when; read by whoever watches for handlers that never answer. */
final class Progress {
    private volatile At at;

    /** A handler is about to be called. */
    void reached(KeyedEvent event) {
        at = new At(event.position(), event.event().eventType(), System.nanoTime());
    }

    /** No handler is being called. */
    void done() {
        at = null;
    }

    /** The event that a handler has been at for longer than this, or null. */
    At stuckFor(long nanos) {
        At now = at;
        return now != null && System.nanoTime() - now.since() > nanos ? now : null;
    }

    /** An event, and when its handler was called. */
    record At(long position, String eventType, long since) {}
}
