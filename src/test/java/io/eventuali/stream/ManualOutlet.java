package io.eventuali.stream;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/** An outlet whose tasks run when a test says so. */
final class ManualOutlet implements Outlet {
    static final BatchEncoder ENCODER = entries -> new byte[entries.size()];

    private final Client client;
    private final Executor executor;

    ManualOutlet(String address, Object connection) {
        this(address, connection, Runnable::run);
    }

    ManualOutlet(String address, Object connection, Executor executor) {
        this.client = new Client("", address, address, connection);
        this.executor = executor;
    }

    @Override
    public Executor executor() {
        return executor;
    }

    @Override
    public BatchEncoder encoder() {
        return ENCODER;
    }

    @Override
    public Client client() {
        return client;
    }

    @Override
    public long copied() {
        return OutgoingBytes.SLICE;
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
        // Nothing to cut.
    }

    /** Tasks in the order in which they came; a timer may add some. */
    static final class ManualExecutor implements Executor {
        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        /** Runs the oldest task, if there is one. */
        boolean runOne() {
            Runnable task = tasks.poll();
            if (task != null) {
                task.run();
            }
            return task != null;
        }
    }
}
