package io.eventuali.projection;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;

/** Wakes one sleeper. A ring that finds nobody asleep is kept for the next sleep. */
final class WakeUp {
    private boolean rung;
    private UniEmitter<? super Boolean> sleeper;

    /** Emits at the next ring, or after this time. */
    Uni<Void> sleep(Duration atMost) {
        return Uni.createFrom()
                .<Boolean>emitter(this::lieDown)
                .ifNoItem()
                .after(atMost)
                .recoverWithItem(false)
                .replaceWithVoid();
    }

    private void lieDown(UniEmitter<? super Boolean> emitter) {
        synchronized (this) {
            if (!rung) {
                sleeper = emitter;
                return;
            }
            rung = false;
        }
        emitter.complete(true);
    }

    /** Wakes whoever sleeps. */
    void ring() {
        UniEmitter<? super Boolean> woken;
        synchronized (this) {
            woken = sleeper;
            sleeper = null;
            rung = woken == null;
        }
        if (woken != null) {
            woken.complete(true);
        }
    }
}
