package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.stream.Permission;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.operators.multi.MultiSelectFirstUntilOtherOp;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Ends answers that take their time (streams, exports, waits) once the access that they were begun with does not hold any more. Each is
 * asked about four times a second, whether anything is sent meanwhile or not. Subscriptions to the log are looked after by the streamer.
 */
@Singleton
public class AccessWatch {
    private static final Logger LOG = Logger.getLogger(AccessWatch.class);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration TICK_TIMEOUT = Duration.ofSeconds(30);

    private final Set<Watched> all = ConcurrentHashMap.newKeySet();
    private final Cancellable ticker;

    AccessWatch(Tasks tasks) {
        ticker = tasks.tick("access-watch", Rhythm.steady(TICK, TICK_TIMEOUT), this::look);
    }

    void stop(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    private void look() {
        Instant now = Instant.now();
        for (Watched watched : all) {
            if (!holds(watched.permission, now)) {
                try {
                    watched.end();
                } catch (RuntimeException notTaken) {
                    LOG.errorf(notTaken, "the end of an answer was not taken");
                }
            }
        }
    }

    /** How many answers are watched now. */
    int watched() {
        return all.size();
    }

    /** One that cannot say whether it holds does not, and takes nobody else with it. */
    private static boolean holds(Permission permission, Instant now) {
        try {
            return permission.holds(now);
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.errorf(broken, "a permission failed, so it does not hold");
            return false;
        }
    }

    /**
     * The same items as long as the permission holds; it is also asked before each of them.
     *
     * @return fails with {@link AccessRefusedException} when it does not hold any more
     */
    public <T> Multi<T> whilePermitted(Multi<T> items, Permission permission) {
        if (permission == Permission.UNLIMITED) {
            return items;
        }
        return Multi.createFrom().deferred(() -> {
            Watched watched = new Watched(permission);
            return new MultiSelectFirstUntilOtherOp<>(items, watched.ended())
                    .onItem()
                    .invoke(item -> watched.require())
                    .onCompletion()
                    .invoke(watched::requireNotEnded);
        });
    }

    /**
     * The same item if the permission holds until it is there.
     *
     * @return fails with {@link AccessRefusedException} as soon as it does not hold any more
     */
    public <T> Uni<T> whilePermitted(Uni<T> item, Permission permission) {
        return permission == Permission.UNLIMITED
                ? item
                : whilePermitted(item.toMulti(), permission).toUni();
    }

    /**
     * Watches something that is no answer yet.
     *
     * @param ended called once, on another thread, when the permission does not hold any more; to return at once
     * @return to be cancelled when it need not be watched any more
     */
    public Cancellable watch(Permission permission, Consumer<AccessRefusedException> ended) {
        if (permission == Permission.UNLIMITED) {
            return () -> {};
        }
        Watched watched = new Watched(permission);
        watched.told = () -> ended.accept(ended());
        all.add(watched);
        return () -> all.remove(watched);
    }

    private static AccessRefusedException ended() {
        return new AccessRefusedException(
                Reason.UNAUTHENTICATED, "the credentials have ended meanwhile, or allow less than when this began");
    }

    /** One answer. */
    private final class Watched {
        private final Permission permission;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile Runnable told = () -> {};

        Watched(Permission permission) {
            this.permission = permission;
        }

        /** Emits once the permission does not hold any more. */
        Multi<Boolean> ended() {
            return Multi.createFrom().emitter(emitter -> {
                told = () -> emitter.emit(true).complete();
                emitter.onTermination(() -> all.remove(this));
                all.add(this);
            });
        }

        void end() {
            if (ended.compareAndSet(false, true)) {
                told.run();
            }
        }

        void require() {
            if (ended.get() || !holds(permission, Instant.now())) {
                ended.set(true);
                throw AccessWatch.ended();
            }
        }

        void requireNotEnded() {
            if (ended.get()) {
                throw AccessWatch.ended();
            }
        }
    }
}
