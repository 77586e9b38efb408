package io.eventuali.ops;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Tells a native build of the classes that Caffeine looks up by their names: one for each combination of bounds that a cache of the
 * service has, and one for its entries. Quarkus tells it of some combinations only.
 */
@RegisterForReflection(
        classNames = {
            "com.github.benmanes.caffeine.cache.PSAMS",
            "com.github.benmanes.caffeine.cache.SSMW",
            "com.github.benmanes.caffeine.cache.SSMWW",
        })
final class NativeCaches {
    private NativeCaches() {}
}
