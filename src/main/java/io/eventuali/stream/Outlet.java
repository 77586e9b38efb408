package io.eventuali.stream;

import java.util.concurrent.Executor;

/** Where the signals of one subscription go: a connection, or a consumer in this process. */
public interface Outlet {

    /** On whose threads the consumer is called after a wake-up; such as the event loop of a connection, shared with others. */
    Executor executor();

    /** What the consumer makes of events; the same object for all consumers that may share the bytes. */
    BatchEncoder encoder();

    /** Who is at the other end; always the same. */
    Client client();

    /** How much of a piece, at most, waits in a buffer of this end alone; 0 for one without a connection, which is not counted. */
    long copied();

    /** Bytes handed over so far. */
    long bytes();

    /**
     * A number that changes whenever the other end takes a byte of what was handed over. Called by {@link #executor}. A consumer
     * without a connection returns the same always.
     */
    long progress();

    /** Cuts off an end that takes nothing. Called by {@link #executor}. */
    void cut();
}
