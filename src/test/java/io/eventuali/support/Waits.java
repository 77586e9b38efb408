package io.eventuali.support;

import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;

/** Blocks a test on what is asynchronous. */
final class Waits {
    private static final long SECONDS = 30;

    private Waits() {}

    static <T> T on(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(SECONDS, TimeUnit.SECONDS)
                .join();
    }
}
