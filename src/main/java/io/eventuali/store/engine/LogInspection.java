package io.eventuali.store.engine;

import io.smallrye.mutiny.Uni;

/** Looks at the log from outside. */
public interface LogInspection {
    /** Takes as long for a log of a thousand million events as for an empty one. Fails as reads do. */
    Uni<LogOverview> overview();
}
