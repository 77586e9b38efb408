package io.eventuali.stream;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/** Counts subscribers: all, those of one client address, those of one connection. */
final class Admission {
    private final StreamConfig.SubscriptionLimits limits;
    private final Map<String, Integer> addresses = new HashMap<>();
    private final Map<Object, Integer> connections = new IdentityHashMap<>();
    private int all;

    Admission(StreamConfig.SubscriptionLimits limits) {
        this.limits = limits;
    }

    /** Counts one in, if there is room. */
    synchronized boolean admit(Outlet outlet) {
        if (all >= limits.max()
                || addresses.getOrDefault(outlet.address(), 0) >= limits.maxPerAddress()
                || connections.getOrDefault(outlet.connection(), 0) >= limits.maxPerConnection()) {
            return false;
        }
        all++;
        if (!outlet.address().isEmpty()) {
            addresses.merge(outlet.address(), 1, Integer::sum);
        }
        connections.merge(outlet.connection(), 1, Integer::sum);
        return true;
    }

    /** Counts out one that was counted in. */
    synchronized void release(Outlet outlet) {
        all--;
        addresses.computeIfPresent(outlet.address(), (address, count) -> count == 1 ? null : count - 1);
        connections.computeIfPresent(outlet.connection(), (connection, count) -> count == 1 ? null : count - 1);
    }

    synchronized int all() {
        return all;
    }
}
