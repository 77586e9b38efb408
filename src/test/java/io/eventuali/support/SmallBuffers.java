package io.eventuali.support;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/** Buffers so small and times so short that a few hundred events take every path there is. */
public final class SmallBuffers implements QuarkusTestProfile {
    /** Events that a filter drops before a checkpoint. */
    public static final int CHECKPOINT_EVENTS = 10;

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "eventuali.streamer.capacity", "64",
                "eventuali.store.read.page-events", "32",
                "eventuali.store.read.page-bytes", "8K",
                "eventuali.subscription.batch-events", "7",
                "eventuali.subscription.checkpoint-events", Integer.toString(CHECKPOINT_EVENTS),
                "eventuali.subscription.heartbeat", "300ms",
                "eventuali.subscription.retry", "40ms");
    }
}
