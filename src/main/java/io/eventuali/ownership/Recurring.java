package io.eventuali.ownership;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.function.Supplier;

/** What an owner has to look after again and again. */
public final class Recurring {
    private Recurring() {}

    /**
     * Does work now and then, until cancelled. Work that takes long makes the next time late, never two at once; what fails is done
     * again at the next time, so work that somebody has to hear of says so itself.
     *
     * @param period more than zero
     * @param work called on a timer's thread: must return at once
     */
    public static Cancellable every(Duration period, Supplier<Uni<Void>> work) {
        return Multi.createFrom()
                .ticks()
                .every(period)
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> work.get().onFailure().recoverWithNull())
                .subscribe()
                .with(done -> {});
    }
}
