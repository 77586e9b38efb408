package io.eventuali.projection;

import java.util.List;

/**
 * Everything that a projection in memory knows at one moment.
 *
 * @param version of the code that made it
 * @param position every event up to here is in it
 * @param events handled for it
 * @param documents all of them
 */
record Snapshot(int version, long position, long events, List<StoredState> documents) {
    Snapshot {
        documents = List.copyOf(documents);
    }

    /** Of its documents, with their keys. */
    long characters() {
        return documents.stream()
                .mapToLong(document -> document.key().length() + document.json().length())
                .sum();
    }
}
