package io.eventuali.stream;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogReplacedException;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.store.engine.Selected;
import io.eventuali.store.engine.Selection;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Pages of history with what an index names for a filter. They are kept as those of {@link PageCache} are. */
final class SelectedPages {
    private static final long OVERHEAD = 200;
    private static final long PATTERN = 100;
    /** Of a pattern with a star, which is compiled. */
    private static final long COMPILED = 8_000;
    /** No longer than subscribers of one filter may lie apart: while the log grows, hardly an answer is asked for again. */
    private static final Duration KEPT = Duration.ofSeconds(10);

    private final EngineStore store;
    private final LogIdentity identity;
    private final int pageEvents;
    private final AsyncCache<Key, Answer> answers;

    SelectedPages(EngineStore store, LogIdentity identity, int pageEvents, long maxBytes) {
        this.store = store;
        this.identity = identity;
        this.pageEvents = pageEvents;
        this.answers = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .expireAfterWrite(KEPT)
                .weigher((Key key, Answer answer) ->
                        (int) Math.min(Integer.MAX_VALUE, bytes(key.filter()) + answer.bytes()))
                .buildAsync();
    }

    /**
     * Asks the index about what comes after a position.
     *
     * @param log epoch of the log that the reader is in: a page of another one is not given to it
     * @param filter of which {@code selection} was made
     * @param upTo inclusive; the log has reached it
     */
    Uni<Answer> after(String log, EventFilter filter, Selection selection, long position, long upTo) {
        return Uni.createFrom()
                .completionStage(
                        () -> answers.get(new Key(log, filter, position, upTo), (key, executor) -> store.select(
                                        selection, position, upTo, pageEvents)
                                .map(selected -> {
                                    if (!log.equals(identity.epoch())) {
                                        throw new LogReplacedException();
                                    }
                                    return answer(position, selected);
                                })
                                .subscribeAsCompletionStage()));
    }

    private static long bytes(EventFilter filter) {
        return Stream.of(filter.aggregateTypes(), filter.aggregateIds(), filter.eventTypes())
                        .flatMap(List::stream)
                        .mapToLong(pattern ->
                                PATTERN + 2L * pattern.toString().length() + (pattern.isExact() ? 0 : COMPILED))
                        .sum()
                + filter.limit().map(SelectedPages::bytes).orElse(0L);
    }

    private static Answer answer(long position, Selected selected) {
        if (selected instanceof Selected.Events found) {
            return new Answer(Optional.of(new EntryPage(position, found.examined(), found.events())), 0);
        }
        return new Answer(Optional.empty(), ((Selected.Scan) selected).upTo());
    }

    /** Forgets everything: the log is another one. */
    void clear() {
        answers.synchronous().invalidateAll();
    }

    /**
     * What the index says.
     *
     * @param page what it found; empty if the log is to be read as it is
     * @param scanTo up to where that is so
     */
    record Answer(Optional<EntryPage> page, long scanTo) {
        private long bytes() {
            return OVERHEAD + page.map(EntryPage::bytes).orElse(0L);
        }
    }

    private record Key(String log, EventFilter filter, long after, long upTo) {}
}
