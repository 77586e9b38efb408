package io.eventuali.store.engine;

import java.util.Set;

/**
 * Types of the events of a stream.
 *
 * @param types some of them, or all
 * @param complete whether these are all
 */
public record StreamTypes(Set<String> types, boolean complete) {
    public StreamTypes {
        types = Set.copyOf(types);
    }
}
