package io.eventuali.stream;

import io.eventuali.event.StreamEvent;

/** Turns an event into the bytes that subscribers get. There is one in an application, so that entries can keep the result. */
@FunctionalInterface
public interface FrameEncoder {
    /** The frame of an event; the same bytes for the same event. Must not block. */
    byte[] encode(StreamEvent event);
}
