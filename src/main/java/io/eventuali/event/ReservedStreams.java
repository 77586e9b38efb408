package io.eventuali.event;

import java.util.List;

/**
 * The aggregate types whose streams the service writes itself, because its own engines fold them: an event there is a decision of the
 * engine. Nothing else appends to them, whatever its rights. A name is reserved by its exact beginning; another spelling is another name.
 */
public final class ReservedStreams {
    /** Streams of sagas are called {@code Saga.<type>/<sagaId>}. */
    public static final String SAGA = "Saga.";

    /** What happens to the log itself is told in streams of these types. */
    public static final String LOG = "Eventuali.Log";

    /** Every beginning that is reserved. A later engine with streams of its own adds its beginning here. */
    private static final List<String> PREFIXES = List.of(SAGA, LOG);

    private ReservedStreams() {}

    /** Whether only the service itself appends to streams of this aggregate type. */
    public static boolean contains(String aggregateType) {
        return PREFIXES.stream().anyMatch(aggregateType::startsWith);
    }
}
