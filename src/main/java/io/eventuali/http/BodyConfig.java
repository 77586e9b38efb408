package io.eventuali.http;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How much memory and time the bodies of requests may take. */
@ConfigMapping(prefix = "eventuali.http.body")
public interface BodyConfig {
    /**
     * Bytes that bodies may take at one replica, from their first byte until their request is answered. Reading a body takes about four
     * times its size in addition, so keep this below a tenth of the heap.
     */
    @WithDefault("32M")
    MemorySize budget();

    /** Bytes of those that one principal may take (one address, where security is off). At least {@code eventuali.store.limits.request-bytes}. */
    @WithDefault("16M")
    MemorySize share();

    /** Bytes a second that a client has to send, measured over each {@code rate-window}. */
    @WithDefault("1K")
    MemorySize minRate();

    /** Over how long that rate is measured: how long a body may pause. */
    @WithDefault("5s")
    Duration rateWindow();

    /** How long a body may take in all: the largest one in a minute takes 2.2 Mbit/s. */
    @WithDefault("60s")
    Duration timeout();
}
