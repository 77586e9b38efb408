package io.eventuali.stream;

import io.eventuali.event.StreamEvent;

/** An event in memory with its encoded frame, which is made once for all subscribers that see this entry. */
public final class LogEntry {
    /** What an entry costs beside the characters it holds: objects, references, positions. */
    private static final int OVERHEAD = 400;

    private final StreamEvent event;
    private byte[] frame;

    LogEntry(StreamEvent event) {
        this.event = event;
    }

    /** The event. */
    public StreamEvent event() {
        return event;
    }

    long position() {
        return event.globalPosition();
    }

    /** The event as bytes. Several threads may race to make them; they make the same ones. */
    public byte[] frame(FrameEncoder encoder) {
        byte[] made = frame;
        if (made == null) {
            made = encoder.encode(event);
            frame = made;
        }
        return made;
    }

    /** Roughly what the entry takes in memory, its frame included. */
    long bytes() {
        return bytes(event);
    }

    /** The same for an event that is in no entry. */
    static long bytes(StreamEvent event) {
        int text = event.data().text().length() + event.metadata().text().length();
        return OVERHEAD + 2L * text;
    }
}
