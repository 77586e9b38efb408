package io.eventuali.support;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.engine.Appendable;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.store.engine.EventKind;
import io.eventuali.store.engine.Selected;
import io.eventuali.store.engine.Selection;
import io.eventuali.store.engine.StreamTypes;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * An index that answers as a store may: what is wanted and some of what is not, up to any position, or that the log is to be read. It
 * looks when the executor runs.
 */
public final class SelectionInMemory implements EngineStore {
    private final List<StreamEvent> log;
    private final Executor executor;
    private final RandomGenerator random;
    private int found;

    public SelectionInMemory(List<StreamEvent> log, Executor executor, RandomGenerator random) {
        this.log = log;
        this.executor = executor;
        this.random = random;
    }

    /** How often it named events. */
    public int found() {
        return found;
    }

    @Override
    public Uni<Selected> select(Selection selection, long after, long upTo, int limit) {
        return Uni.createFrom()
                .emitter(emitter -> executor.execute(() -> {
                    if (random.nextInt(10) == 0) {
                        emitter.fail(new IllegalStateException("the index is away"));
                    } else {
                        emitter.complete(answer(selection, after, Math.min(upTo, log.size()), limit));
                    }
                }));
    }

    private Selected answer(Selection selection, long after, long upTo, int limit) {
        if (upTo <= after || random.nextInt(4) == 0) {
            return new Selected.Scan(after + 1 + random.nextInt(20));
        }
        long examined = after + 1 + random.nextInt((int) (upTo - after));
        List<StreamEvent> events = new ArrayList<>();
        for (StreamEvent event : log.subList((int) after, (int) examined)) {
            if (isWanted(selection, event) || random.nextInt(5) == 0) {
                events.add(event);
                if (events.size() == limit) {
                    examined = event.globalPosition();
                    break;
                }
            }
        }
        found++;
        return new Selected.Events(events, examined);
    }

    @Override
    public Uni<List<StreamEvent>> readBackward(long before, int limit) {
        throw new UnsupportedOperationException();
    }

    private static boolean isWanted(Selection selection, StreamEvent event) {
        return (selection.aggregateIds().isEmpty() || selection.aggregateIds().contains(event.aggregateId()))
                && (selection.aggregateTypes().isEmpty()
                        || selection.aggregateTypes().contains(event.aggregateType()))
                && selection.kind().test(event.aggregateType(), event.eventType());
    }

    @Override
    public Uni<AppendResult> append(AppendRequest request, StreamId own) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Optional<StreamTypes>> eventTypes(StreamId stream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Uni<Optional<EventKind>> eventKind(long globalPosition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Appendable appendable() {
        throw new UnsupportedOperationException();
    }
}
