package io.eventuali.stream;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/** Counts places: all, those of one principal, of one client address, of one connection. */
final class Admission {
    private final StreamConfig.SubscriptionLimits limits;
    private final int maxPerPrincipal;
    private final Map<String, Integer> principals = new HashMap<>();
    private final Map<String, Integer> addresses = new HashMap<>();
    private final Map<Object, Integer> connections = new IdentityHashMap<>();
    private int all;

    Admission(StreamConfig.SubscriptionLimits limits) {
        this.limits = limits;
        this.maxPerPrincipal = limits.maxPerPrincipal().orElse((limits.max() + 1) / 2);
    }

    /** Counts one in, if there is room. */
    synchronized boolean admit(Client client) {
        if (all >= limits.max()
                || client.isNamed() && principals.getOrDefault(client.principal(), 0) >= maxPerPrincipal
                || addresses.getOrDefault(client.address(), 0) >= limits.maxPerAddress()
                || connections.getOrDefault(client.connection(), 0) >= limits.maxPerConnection()) {
            return false;
        }
        all++;
        if (client.isNamed()) {
            principals.merge(client.principal(), 1, Integer::sum);
        }
        if (!client.address().isEmpty()) {
            addresses.merge(client.address(), 1, Integer::sum);
        }
        connections.merge(client.connection(), 1, Integer::sum);
        return true;
    }

    /** Counts out one that was counted in. */
    synchronized void release(Client client) {
        all--;
        countOut(principals, client.principal());
        countOut(addresses, client.address());
        countOut(connections, client.connection());
    }

    private static <K> void countOut(Map<K, Integer> counts, K key) {
        counts.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }

    synchronized int all() {
        return all;
    }
}
