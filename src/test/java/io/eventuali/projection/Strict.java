package io.eventuali.projection;

import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Counts events of aggregate types that begin with {@code Strict-}, and stops on those that are broken. */
@Singleton
public class Strict extends Projection<Long> {
    public static final String NAME = "strict";
    /** Ids of aggregates whose events fail for the time being. */
    public static final Set<String> BROKEN = ConcurrentHashMap.newKeySet();

    Strict() {
        super(NAME, Long.class);
        filter(event -> event.aggregateType().startsWith("Strict-"));
        onAnyOther((count, event) -> {
            if (BROKEN.contains(event.aggregateId())) {
                throw new IllegalStateException("broken on purpose");
            }
            return count == null ? 1 : count + 1;
        });
    }
}
