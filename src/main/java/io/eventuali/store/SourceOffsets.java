package io.eventuali.store;

import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * How far what comes from elsewhere was taken in. Kept beside the log, because it is moved by the transaction that appends:
 * see {@link AppendRequest#sources}.
 */
public interface SourceOffsets {

    /** Stores an offset for each source that has none, and returns what is stored for all of them. */
    Uni<Map<String, Long>> open(Map<String, Long> initial);

    /** What is stored for those of these sources that are known. */
    Uni<Map<String, Long>> find(Collection<String> sources);

    /** Moves sources without an event to append. False, and none is moved, if one of them is not where it is expected. */
    Uni<Boolean> move(List<SourceStep> steps);
}
