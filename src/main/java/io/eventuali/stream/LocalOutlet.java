package io.eventuali.stream;

import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.util.concurrent.Executor;

/** A consumer in this process. It has an executor of its own, so that one that takes its time keeps nobody else waiting. */
final class LocalOutlet implements Outlet {
    private static final BatchEncoder NOTHING = entries -> new byte[0];

    private static final Executor THREADS =
            new SharedThreads(task -> Infrastructure.getDefaultExecutor().execute(task));

    private final Executor executor = task -> THREADS.execute(task);
    private final Client client = Client.local(this);

    @Override
    public Executor executor() {
        return executor;
    }

    @Override
    public BatchEncoder encoder() {
        return NOTHING;
    }

    @Override
    public Client client() {
        return client;
    }

    @Override
    public long copied() {
        return 0;
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public long progress() {
        return 0;
    }

    @Override
    public void cut() {
        // There is no connection; the consumer gets its closing signal when it asks again.
    }
}
