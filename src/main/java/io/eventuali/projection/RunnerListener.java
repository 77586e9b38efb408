package io.eventuali.projection;

/** Is told what a runner does. Calls come one at a time and must return at once. */
interface RunnerListener {

    /** It knows where it stands and goes on from there. */
    void started(long position);

    /** The checkpoint moved. */
    void advanced(long position);

    /** It halted on an event. */
    void stopped(HandlerFailure failure);

    /** What it built is served now. */
    void served(long position);
}
