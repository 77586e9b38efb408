package io.eventuali.format;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How events become CloudEvents. */
@ConfigMapping(prefix = "eventuali.cloudevents")
interface CloudEventsConfig {

    /**
     * The {@code source} of events that were not appended as CloudEvents; a slash and the aggregate type follow. A URI reference
     * that is this log's alone, where its events meet those of others.
     */
    @WithDefault("/eventuali")
    String source();
}
