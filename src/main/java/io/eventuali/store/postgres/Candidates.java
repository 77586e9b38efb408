package io.eventuali.store.postgres;

import java.util.List;

/**
 * What an index says of a stretch of the log.
 *
 * @param positions of the events that may be wanted, in order
 * @param examined the position up to which there are no others
 * @param isScan whether the index is of no help up to there, and the log is to be read
 */
record Candidates(List<Long> positions, long examined, boolean isScan) {

    static Candidates scan(long upTo) {
        return new Candidates(List.of(), upTo, true);
    }

    static Candidates none(long examined) {
        return new Candidates(List.of(), examined, false);
    }

    /** The first of them, in order, up to a position. */
    static Candidates of(List<Long> positions, long examined, int limit) {
        List<Long> within = positions.stream()
                .filter(position -> position <= examined)
                .sorted()
                .toList();
        return within.size() > limit
                ? new Candidates(within.subList(0, limit), within.get(limit - 1), false)
                : new Candidates(within, examined, false);
    }
}
