package io.eventuali.support;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogHead;
import io.eventuali.store.LogPage;
import io.eventuali.store.StreamPage;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** A log for tests of what reads it: pages of a list, answered when the executor runs. It can not be appended to. */
public final class LogInMemory implements EventStore {
    private final List<StreamEvent> log;
    private final Executor executor;

    /** @param log from position 1 on; read when a page is asked for */
    public LogInMemory(List<StreamEvent> log, Executor executor) {
        this.log = log;
        this.executor = executor;
    }

    @Override
    public Uni<LogPage> read(Position after, int limit) {
        return Uni.createFrom()
                .emitter(emitter -> executor.execute(() -> {
                    int from = (int) Math.min(log.size(), after.value());
                    int to = Math.min(log.size(), from + limit);
                    emitter.complete(new LogPage(after.value(), List.copyOf(log.subList(from, to)), to < log.size()));
                }));
    }

    @Override
    public Uni<LogHead> head() {
        return Uni.createFrom().item(() -> new LogHead(log.size(), "memory"));
    }

    @Override
    public Uni<AppendResult> append(AppendRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Multi<AppendResult> appendAll(Multi<AppendRequest> requests) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Optional<StreamPage>> readStream(StreamId stream, long from, int limit, Direction direction) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Optional<StreamEvent>> readEvent(long globalPosition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Long> streamPosition(StreamId stream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Position> positionBefore(Instant moment) {
        throw new UnsupportedOperationException();
    }
}
