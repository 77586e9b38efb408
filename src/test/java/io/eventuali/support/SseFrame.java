package io.eventuali.support;

/**
 * One block of an event stream.
 *
 * @param event its {@code event} field, {@code message} if it has none
 * @param id its own {@code id} field, or null
 * @param data its {@code data} lines, or null if it has none, so that no handler of a client is called
 * @param retry its {@code retry} field in milliseconds, or -1
 * @param lastEventId what a client that has read this block resumes from; empty before the first id
 */
public record SseFrame(String event, String id, String data, long retry, String lastEventId) {

    /** Whether this is an event of the log, under whatever name, and not one of the frames that speak about the subscription. */
    public boolean isLogEvent() {
        return data != null && data.startsWith("{\"globalPosition\":");
    }

    /** The {@code id} as a global position. */
    public long position() {
        return Long.parseLong(id);
    }
}
