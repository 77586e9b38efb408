package io.eventuali.projection;

import java.util.Map;

/**
 * Which documents there are at one moment.
 *
 * @param checkpoints of that moment
 * @param generation that they belong to
 * @param positions by key: global position of the event that made the document so
 */
record StateList(Checkpoints checkpoints, long generation, Map<String, Long> positions) {
    StateList {
        positions = Map.copyOf(positions);
    }
}
