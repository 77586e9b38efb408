package io.eventuali.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;

/** A bucket of requests for each principal, at each replica. */
@Singleton
class RateLimits {
    private static final int MAX_PRINCIPALS = 100_000;
    private static final Duration MEMORY = Duration.ofMinutes(10);

    private final long rate;
    private final long burst;
    private final Cache<Principal, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MAX_PRINCIPALS)
            .expireAfterAccess(MEMORY)
            .build();

    RateLimits(SecurityConfig config) {
        this.rate = config.rateLimit().requestsPerSecond();
        this.burst = config.rateLimit().burst().orElse(2 * rate);
    }

    /**
     * Takes a request out of the principal's bucket.
     *
     * @return empty if there was one; else after how long there will be
     */
    Optional<Duration> take(Principal principal) {
        if (rate == 0) {
            return Optional.empty();
        }
        ConsumptionProbe probe = buckets.get(principal, unseen -> bucket()).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed() ? Optional.empty() : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }

    private Bucket bucket() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(burst).refillGreedy(rate, Duration.ofSeconds(1)))
                .build();
    }
}
