package io.eventuali.format;

import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Function;

/** The beans of this package, for tests of others. */
public final class FormatBeans {
    /** Event ids of CloudEvents without a secret. */
    public static final Function<String, UUID> IDS =
            name -> UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));

    private FormatBeans() {}

    /** The mapping as it is configured by default. */
    public static CloudEventMapping mapping() {
        return new CloudEventMapping(() -> "/eventuali");
    }

    /** Substitutes that are counted here. */
    public static Substitutes substitutes(MeterRegistry meters) {
        return new Substitutes(meters);
    }

    /** The format that readers ask for. */
    public static CloudEventFormat format(CloudEventMapping mapping, MeterRegistry meters) {
        return new CloudEventFormat(mapping, substitutes(meters));
    }
}
