package io.eventuali.ownership;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How work is shared between replicas. */
@ConfigMapping(prefix = "eventuali.ownership")
interface OwnershipConfig {

    /** How long a silent owner keeps its work. Shorter means faster take-over after a crash; below a long pause of the process it flaps. */
    @WithDefault("8s")
    Duration duration();

    /** How often leases are renewed and free ones looked for: the delay of a take-over after a clean stop. At most a quarter of {@code duration}. */
    @WithDefault("1s")
    Duration renew();
}
