package io.eventuali.sql;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How connections to the database are opened and watched. */
@ConfigMapping(prefix = "eventuali.database.connection")
public interface ConnectionConfig {

    /** How long a connection may say nothing while it is opened, encrypted, signed on or probed; then it is given up. */
    @WithDefault("3s")
    Duration timeout();

    /** How often the connections that append and listen are asked for a sign of life while they have nothing else to do. */
    @WithDefault("2s")
    Duration probeInterval();
}
