package io.eventuali.projection.app;

/**
 * What a stream of orders came to: a chain over the positions of its events, which differs if one of them is missing, counted twice or
 * out of order.
 *
 * @param version of the code that made it
 * @param count of events
 * @param last position of the last one
 * @param hash over all of them, in their order
 */
public record Chain(int version, long count, long last, long hash) {

    /** The chain of no event. */
    public static Chain empty(int version) {
        return new Chain(version, 0, 0, 0);
    }

    /** The chain with one more event. */
    public Chain plus(long position) {
        return new Chain(version, count + 1, position, hash * 31 + position);
    }
}
