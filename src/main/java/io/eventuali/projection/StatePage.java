package io.eventuali.projection;

import java.util.List;

/**
 * Some documents of a projection, in the order of their keys.
 *
 * @param states the documents
 * @param more whether others follow the last one; also a page with fewer than were asked for may end before them
 */
public record StatePage(List<StoredState> states, boolean more) {
    public StatePage {
        states = List.copyOf(states);
    }
}
