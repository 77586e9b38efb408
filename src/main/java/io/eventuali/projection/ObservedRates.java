package io.eventuali.projection;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How fast projections go, from how far they were at each look. */
final class ObservedRates {
    /** Weight of the newest look. */
    private static final double NEWEST = 0.3;

    private static final double NANOS = 1e9;

    private final Map<String, Look> looks = new ConcurrentHashMap<>();

    void observe(String projection, long events) {
        long now = System.nanoTime();
        looks.compute(projection, (name, last) -> {
            if (last == null || events < last.events()) {
                return new Look(events, now, 0);
            }
            double rate = (events - last.events()) * NANOS / Math.max(1, now - last.at());
            return new Look(events, now, last.rate() + NEWEST * (rate - last.rate()));
        });
    }

    /** Events a second, over the last few seconds. */
    double of(String projection) {
        Look look = looks.get(projection);
        return look == null ? 0 : look.rate();
    }

    private record Look(long events, long at, double rate) {}
}
