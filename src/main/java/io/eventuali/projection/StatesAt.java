package io.eventuali.projection;

import java.util.Map;

/**
 * Documents as they are at one moment.
 *
 * @param position checkpoint of that moment: the documents have everything up to it and nothing after it
 * @param states by key; a key that has no document is absent
 */
record StatesAt(long position, Map<String, StoredState> states) {
    StatesAt {
        states = Map.copyOf(states);
    }
}
