package io.eventuali.projection;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Those who wait until a projection has come to a position: readers of their own writes. Each is a request, so there are no more than connections. */
final class PositionWaiter {
    private final Map<String, Set<Waiter>> waiters = new ConcurrentHashMap<>();

    /** Emits true once the projection has come so far, false after this time. */
    Uni<Boolean> await(String projection, Predicate<Checkpoints> soFar, Duration timeout) {
        return Uni.createFrom().deferred(() -> {
            Waiter[] own = new Waiter[1];
            return Uni.createFrom()
                    .<Boolean>emitter(emitter -> {
                        own[0] = new Waiter(soFar, emitter);
                        waiters.computeIfAbsent(projection, name -> ConcurrentHashMap.newKeySet())
                                .add(own[0]);
                    })
                    .ifNoItem()
                    .after(timeout)
                    .recoverWithItem(false)
                    .onTermination()
                    .invoke(() -> waiters.get(projection).remove(own[0]));
        });
    }

    /** Sends everybody away who waits now. */
    void release() {
        waiters.values().forEach(all -> all.forEach(waiter -> waiter.emitter.complete(false)));
    }

    /** Projections that somebody waits for. */
    List<String> awaited() {
        return waiters.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A projection has come so far. */
    void reached(String projection, Checkpoints checkpoints) {
        for (Waiter waiter : waiters.getOrDefault(projection, Set.of())) {
            if (waiter.soFar.test(checkpoints)) {
                waiter.emitter.complete(true);
            }
        }
    }

    /** One who waits; each is its own. */
    private static final class Waiter {
        private final Predicate<Checkpoints> soFar;
        private final UniEmitter<? super Boolean> emitter;

        Waiter(Predicate<Checkpoints> soFar, UniEmitter<? super Boolean> emitter) {
            this.soFar = soFar;
            this.emitter = emitter;
        }
    }
}
