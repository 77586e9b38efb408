package io.eventuali.http;

import io.eventuali.security.Grant;
import io.eventuali.store.engine.StreamDirectory;
import io.eventuali.store.engine.StreamDirectory.Entry;
import io.eventuali.store.engine.StreamTypes;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Goes through the streams of one aggregate type, or through one aggregate type after the other, and takes those that are granted. The work of
 * one page is bounded: it looks at so many streams and aggregate types, granted or not.
 */
@Singleton
class StreamListing {
    /** Streams that are not granted and that one page passes over at most, and aggregate types that it goes through. */
    private static final int MAX_PASSED = 1_000;

    private final StreamDirectory directory;

    StreamListing(StreamDirectory directory) {
        this.directory = directory;
    }

    /**
     * A page of streams.
     *
     * @param aggregateType of all of them; empty for any
     * @param prefix what all of their aggregate ids begin with
     * @param after number of a stream to begin after; empty for all
     */
    Uni<Page> page(Optional<String> aggregateType, String prefix, OptionalLong after, int limit, Grant grant) {
        if (aggregateType.isPresent() && !grant.acceptsAggregateType(aggregateType.get())) {
            return Uni.createFrom().item(new Page(List.of(), OptionalLong.empty()));
        }
        Walk walk = new Walk(aggregateType.isPresent(), prefix, limit, grant);
        if (after.isEmpty()) {
            return walk.from(aggregateType.orElse(""), "");
        }
        walk.last = after.getAsLong();
        return directory.stream(after.getAsLong())
                .chain(found -> found.map(stream -> walk.from(stream.aggregateType(), stream.aggregateId()))
                        .orElseGet(() -> Uni.createFrom().item(walk.page(false))));
    }

    /** One page on its way. Each step is one read. */
    private final class Walk {
        private final boolean oneType;
        private final String prefix;
        private final int limit;
        private final Grant grant;
        private final List<Entry> found = new ArrayList<>();
        private int passed;
        /** Where it is: behind a stream of a type, or behind the whole type. */
        private String type;

        private String id;
        private boolean inType;
        /** Number of the stream behind which the next page would begin. */
        private long last;
        /** Number of a stream of this type, while none of them was looked at. */
        private OptionalLong unseen = OptionalLong.empty();

        Walk(boolean oneType, String prefix, int limit, Grant grant) {
            this.oneType = oneType;
            this.prefix = prefix;
            this.limit = limit;
            this.grant = grant;
        }

        Uni<Page> from(String startType, String startId) {
            type = startType;
            id = startId;
            inType = !type.isEmpty() && grant.acceptsAggregateType(type);
            return Multi.createBy()
                    .repeating()
                    .uni(this::step)
                    .whilst(Optional::isEmpty)
                    .collect()
                    .last()
                    .map(Optional::orElseThrow);
        }

        /** The page, once it is complete. */
        private Uni<Optional<Page>> step() {
            if (inType) {
                int wanted = limit - found.size() + 1;
                return directory.page(type, id, prefix, wanted).map(entries -> take(entries, wanted));
            }
            return oneType
                    ? Uni.createFrom().item(Optional.of(page(false)))
                    : directory.typeAfter(type).map(this::enter);
        }

        private Optional<Page> take(List<Entry> entries, int wanted) {
            for (Entry entry : entries) {
                if (found.size() == limit || passed >= MAX_PASSED) {
                    return Optional.of(page(true));
                }
                last = entry.number();
                unseen = OptionalLong.empty();
                id = entry.stream().aggregateId();
                if (isVisible(entry)) {
                    found.add(entry);
                } else {
                    passed++;
                }
            }
            if (entries.size() < wanted) {
                last = unseen.orElse(last);
                inType = false;
            }
            return Optional.empty();
        }

        private Optional<Page> enter(Optional<StreamDirectory.Type> next) {
            if (next.isEmpty() || passed >= MAX_PASSED) {
                return Optional.of(page(next.isPresent()));
            }
            passed++;
            type = next.get().name();
            id = "";
            inType = grant.acceptsAggregateType(type);
            if (inType) {
                unseen = OptionalLong.of(next.get().firstStream());
            } else {
                last = next.get().firstStream();
            }
            return Optional.empty();
        }

        private boolean isVisible(Entry entry) {
            return grant.isUnrestricted()
                    || entry.types().types().stream().anyMatch(eventType -> grant.accepts(type, eventType));
        }

        private Page page(boolean more) {
            return new Page(found, more ? OptionalLong.of(last) : OptionalLong.empty());
        }
    }

    /** Whether all events of a stream are granted. */
    static boolean isWhole(Entry entry, Grant grant) {
        StreamTypes types = entry.types();
        return grant.isUnrestricted()
                || types.complete() && grant.acceptsAll(entry.stream().aggregateType(), types.types());
    }

    /** A page of streams. */
    static final class Page {
        private final List<Entry> streams;
        private final OptionalLong next;

        Page(List<Entry> streams, OptionalLong next) {
            this.streams = List.copyOf(streams);
            this.next = next;
        }

        List<Entry> streams() {
            return streams;
        }

        /** Number of the stream behind which the next page begins; empty if this is the last one. */
        OptionalLong next() {
            return next;
        }
    }
}
