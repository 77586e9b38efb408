package io.eventuali.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.netty.util.NetUtil;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A bucket of failed credentials for each address, at each replica. It says who is told to stop; good credentials are taken from any
 * address, since many clients may share one.
 */
@Singleton
class FailedCredentials {
    private static final int MAX_ADDRESSES = 100_000;
    private static final Duration MEMORY = Duration.ofMinutes(10);
    /** A bucket holds what comes in so many seconds. */
    private static final int BURST_SECONDS = 10;

    private static final int IPV4_BYTES = 4;
    /** A network of IPv6, of which one client has all addresses. */
    private static final int NETWORK_BYTES = 8;

    private static final byte[] IPV4_IN_IPV6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private final long rate;
    private final Cache<String, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterAccess(MEMORY)
            .build();

    @Inject
    FailedCredentials(SecurityConfig config) {
        this(config.rateLimit().failuresPerSecond());
    }

    FailedCredentials(long rate) {
        this.rate = rate;
    }

    /**
     * Counts one.
     *
     * @param address where it came from; null if that is not known
     * @return empty if that is still few enough; else after how long another one may come
     */
    Optional<Duration> count(String address) {
        if (rate == 0) {
            return Optional.empty();
        }
        ConsumptionProbe probe =
                buckets.get(network(address), unseen -> bucket()).tryConsumeAndReturnRemaining(1);
        return probe.isConsumed() ? Optional.empty() : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }

    private Bucket bucket() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(BURST_SECONDS * rate).refillGreedy(rate, Duration.ofSeconds(1)))
                .build();
    }

    /** What is counted as one client: an address of IPv4, or a network of IPv6. What a proxy says to be one, and is none, is one together. */
    static String network(String address) {
        byte[] bytes = address == null ? null : NetUtil.createByteArrayFromIpAddressString(address);
        if (bytes == null) {
            return "";
        }
        if (bytes.length > IPV4_BYTES
                && Arrays.equals(bytes, 0, IPV4_IN_IPV6.length, IPV4_IN_IPV6, 0, IPV4_IN_IPV6.length)) {
            bytes = Arrays.copyOfRange(bytes, IPV4_IN_IPV6.length, bytes.length);
        }
        return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, NETWORK_BYTES));
    }
}
