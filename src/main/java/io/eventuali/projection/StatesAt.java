package io.eventuali.projection;

import java.util.Map;

/**
 * Documents as they are at one moment.
 *
 * @param checkpoints of that moment: the documents of a partition have everything up to its checkpoint and nothing after it
 * @param states by key; a key that has no document is absent
 */
record StatesAt(Checkpoints checkpoints, Map<String, StoredState> states) {
    StatesAt {
        states = Map.copyOf(states);
    }
}
