package io.eventuali.stream;

import java.util.concurrent.Executor;

/** Where the signals of one subscription go: a connection, or a consumer in this process. */
public interface Outlet {

    /** On whose threads the consumer is called after a wake-up; such as the event loop of a connection, shared with others. */
    Executor executor();

    /** What the consumer makes of events; the same object for all consumers that may share the bytes. */
    BatchEncoder encoder();

    /** The principal at the other end, in one word; empty for a consumer in this process. */
    String principal();

    /** Who is at the other end, as a host and port; empty for a consumer in this process. */
    String peer();

    /** The host of {@link #peer}, whose subscriptions are counted; empty for a consumer in this process. */
    String address();

    /** The connection, of which several subscriptions may share one (HTTP/2). Compared by identity. */
    Object connection();

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
