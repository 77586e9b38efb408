package io.eventuali.format;

import io.micrometer.core.instrument.MeterRegistry;

/** The beans of this package, for tests of others. */
public final class FormatBeans {
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
