package io.eventuali.projection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.store.LogPage;
import io.eventuali.store.engine.EngineLog;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * Holds some documents of every projection against what their events come to: the first ones, and some from a place that differs each time.
 * It reads the log once, in memory for these documents. Blocks, and calls handlers, which are told that events are replayed.
 */
@Singleton
public class DocumentsCheck {
    private static final int SAMPLE = 20;
    private static final int LETTERS = 36;
    private static final int PAGE = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ProjectionEngine engine;
    private final ProjectionOperations operations;
    private final EngineLog log;

    DocumentsCheck(ProjectionEngine engine, ProjectionOperations operations, EngineLog log) {
        this.engine = engine;
        this.operations = operations;
        this.log = log;
    }

    /** Told of each document that is not what its events come to. */
    public interface Listener {
        /**
         * A document differs.
         *
         * @param position of the last event that is in the documents of its partition
         */
        void differs(String projection, String key, long position);
    }

    /** @param goOn asked after each page; false ends it */
    public void run(Listener listener, BooleanSupplier goOn) {
        List<Sample<?>> samples = new ArrayList<>();
        for (String name : engine.names()) {
            engine.find(name)
                    .filter(projection -> !(projection instanceof TableProjection))
                    .ifPresent(projection -> {
                        Sample<?> sample = sample(projection);
                        if (sample.to() > 0) {
                            samples.add(sample);
                        }
                    });
        }
        long to = samples.stream().mapToLong(Sample::to).max().orElse(0);
        for (long at = 0; at < to && goOn.getAsBoolean(); ) {
            LogPage page = log.page(new Position(at), PAGE).await().atMost(PATIENCE);
            samples.forEach(sample -> sample.apply(page.events()));
            if (page.last() == at) {
                return;
            }
            at = page.last();
        }
        samples.forEach(sample -> sample.compare(listener));
    }

    private <S> Sample<S> sample(Projection<S> projection) {
        String name = projection.name();
        ProjectionStatus status = operations.status(name).await().atMost(PATIENCE);
        Set<String> keys = new HashSet<>();
        // Documents of other code, or behind a dead letter, may differ rightly.
        if (status.version() == projection.version() && status.deadLetters() == 0) {
            String somewhere = Integer.toString(ThreadLocalRandom.current().nextInt(LETTERS), LETTERS);
            for (String after : List.of("", somewhere)) {
                operations.states(name, after, "", SAMPLE).await().atMost(PATIENCE).states().stream()
                        .map(StoredState::key)
                        .forEach(keys::add);
            }
        }
        return new Sample<>(
                projection, keys, operations.current(name, keys).await().atMost(PATIENCE));
    }

    /** Some documents of a projection at one moment, and what their events come to. */
    private final class Sample<S> {
        private final Projection<S> projection;
        private final Set<String> keys;
        private final StatesAt stored;
        private final Fold<S> fold;
        private final Map<String, Loaded<S>> documents = new HashMap<>();
        private boolean broken;

        Sample(Projection<S> projection, Set<String> keys, StatesAt stored) {
            this.projection = projection;
            this.keys = keys;
            this.stored = stored;
            this.fold =
                    new Fold<>(projection, Partition.WHOLE, engine.json(), PATIENCE, Long.MAX_VALUE, new Progress());
            fold.replayUntil(Long.MAX_VALUE);
        }

        /** The last event that is in one of the documents. */
        long to() {
            return keys.stream()
                    .mapToLong(key -> stored.checkpoints().of(key))
                    .max()
                    .orElse(0);
        }

        void apply(List<StreamEvent> events) {
            if (broken) {
                return;
            }
            try {
                List<KeyedEvent> mine = fold.select(events).stream()
                        .filter(event -> keys.contains(event.key())
                                && event.position() <= stored.checkpoints().of(event.key()))
                        .toList();
                for (Document<S> document :
                        fold.apply(mine, documents, Set.of(), false).documents()) {
                    if (document.isRemoved()) {
                        documents.remove(document.key());
                    } else {
                        documents.put(document.key(), Loaded.text(document.json()));
                    }
                }
            } catch (HandlerFailure failed) {
                // Its code does not take what it took, so nothing can be compared.
                broken = true;
            }
        }

        void compare(Listener listener) {
            if (broken) {
                return;
            }
            for (String key : keys) {
                StoredState there = stored.states().get(key);
                Loaded<S> made = documents.get(key);
                String json = made == null ? null : made.json();
                if (!isSame(there == null ? null : there.json(), json)) {
                    listener.differs(
                            projection.name(), key, stored.checkpoints().of(key));
                }
            }
        }

        private boolean isSame(String one, String other) {
            try {
                return one == null || other == null
                        ? one == other
                        : JSON.readTree(one).equals(JSON.readTree(other));
            } catch (JsonProcessingException unreadable) {
                return false;
            }
        }
    }
}
