package io.eventuali.security;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What of a server is Eventuali's. */
@ConfigMapping(prefix = "eventuali.http")
interface ServingConfig {
    /** Whether there is an HTTP API. An application that wants the log, projections and sagas for itself alone leaves it out. */
    @WithDefault("true")
    boolean enabled();

    /**
     * Whether the whole server is Eventuali's: rules of access, refusals, problem documents and tags of metrics are for all paths then.
     * The service says so; beside an application's own paths they are for those of the API alone.
     */
    @WithDefault("false")
    boolean wholeServer();
}
