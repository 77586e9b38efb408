package io.eventuali.http.sse;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Frames about something that goes on: how it stands now, then once a second until it has ended. */
final class Looks {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private Looks() {}

    /**
     * The next look is taken when its frame is asked for, so a slow reader sees fewer of them.
     *
     * @param first the frame of how it stood when the stream was opened
     * @param next looks again
     * @param goesOn whether the last frame was not that of the end
     */
    static Multi<byte[]> eachSecond(Supplier<byte[]> first, Supplier<Uni<byte[]>> next, BooleanSupplier goesOn) {
        Multi<byte[]> later = Multi.createBy()
                .repeating()
                .uni(() -> Uni.createFrom()
                        .voidItem()
                        .onItem()
                        .delayIt()
                        .by(PERIOD)
                        .chain(next::get))
                .whilst(frame -> goesOn.getAsBoolean());
        return Multi.createBy()
                .concatenating()
                .streams(
                        Multi.createFrom().item(first),
                        Multi.createFrom()
                                .deferred(() -> goesOn.getAsBoolean()
                                        ? later
                                        : Multi.createFrom().empty()));
    }
}
