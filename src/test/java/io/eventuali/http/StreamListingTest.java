package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.StreamId;
import io.eventuali.security.Grant;
import io.eventuali.store.engine.StreamDirectory;
import io.eventuali.store.engine.StreamTypes;
import io.eventuali.stream.NamePattern;
import io.eventuali.support.Seed;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class StreamListingTest {
    private static final Grant PART =
            new Grant(List.of(NamePattern.of("type-1*")), List.of(NamePattern.of("Seen")), List.of());

    private final Directory directory = new Directory();
    private final StreamListing listing = new StreamListing(directory);

    @Test
    void pages_have_each_stream_that_is_granted_once_and_in_order_whatever_their_size() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        for (int i = 0; i < 300; i++) {
            directory.add("type-" + random.nextInt(25), "id-" + random.nextInt(100), random.nextBoolean());
        }
        for (Grant grant : List.of(Grant.ALL, PART)) {
            for (Optional<String> type :
                    List.of(Optional.<String>empty(), Optional.of("type-12"), Optional.of("type-2"))) {
                for (String prefix : List.of("", "id-1", "id-9", "none")) {
                    List<StreamId> expected = directory
                            .entries()
                            .filter(entry -> grant.equals(Grant.ALL) || isSeen(entry))
                            .map(StreamDirectory.Entry::stream)
                            .filter(stream -> type.isEmpty() || type.get().equals(stream.aggregateType()))
                            .filter(stream -> stream.aggregateId().startsWith(prefix))
                            .toList();
                    int limit = 1 + random.nextInt(20);
                    assertThat(all(type, prefix, limit, grant))
                            .as("%s %s %s limit %d", seed, type, prefix, limit)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void a_page_passes_over_a_thousand_hidden_streams_or_types_at_most_and_the_next_goes_on() {
        for (int i = 0; i < 2_500; i++) {
            directory.add("type-1", "id-%05d".formatted(i), false);
            directory.add("other-%05d".formatted(i), "x", true);
            directory.add("type-1-%05d".formatted(i), "x", true);
        }
        directory.add("type-1", "id-99999", true);

        StreamListing.Page page = page(Optional.of("type-1"), "", OptionalLong.empty(), 10, PART);
        assertThat(page.streams()).isEmpty();
        assertThat(page.next()).isPresent();
        assertThat(directory.looked).isLessThan(1_100);
        assertThat(all(Optional.of("type-1"), "", 10, PART)).containsExactly(new StreamId("type-1", "id-99999"));
        assertThat(all(Optional.empty(), "id-99999", 10, PART)).containsExactly(new StreamId("type-1", "id-99999"));
        assertThat(all(Optional.empty(), "none", 10, Grant.ALL)).isEmpty();
        assertThat(all(Optional.empty(), "x", 1_000, PART)).hasSize(2_500);
    }

    @Test
    void a_stream_of_which_a_part_is_granted_is_listed_and_is_not_whole() {
        directory.add("type-1", "id", true);

        StreamDirectory.Entry entry = directory.entries().findFirst().orElseThrow();
        assertThat(StreamListing.isWhole(entry, PART)).isFalse();
        assertThat(StreamListing.isWhole(entry, Grant.ALL)).isTrue();
        assertThat(all(Optional.empty(), "", 1, PART)).hasSize(1);
    }

    private static boolean isSeen(StreamDirectory.Entry entry) {
        return entry.stream().aggregateType().startsWith("type-1")
                && entry.types().types().contains("Seen");
    }

    private List<StreamId> all(Optional<String> type, String prefix, int limit, Grant grant) {
        List<StreamId> read = new ArrayList<>();
        OptionalLong after = OptionalLong.empty();
        do {
            StreamListing.Page page = page(type, prefix, after, limit, grant);
            assertThat(page.streams()).hasSizeLessThanOrEqualTo(limit);
            assertThat(page.next()).isNotEqualTo(after.isPresent() ? after : OptionalLong.of(-1));
            page.streams().forEach(entry -> read.add(entry.stream()));
            after = page.next();
        } while (after.isPresent());
        return read;
    }

    private StreamListing.Page page(Optional<String> type, String prefix, OptionalLong after, int limit, Grant grant) {
        return listing.page(type, prefix, after, limit, grant).await().indefinitely();
    }

    private static final class Directory implements StreamDirectory {
        private final NavigableMap<String, NavigableMap<String, Entry>> types = new TreeMap<>();
        private final Map<Long, StreamId> numbers = new HashMap<>();
        private int looked;

        void add(String type, String id, boolean seen) {
            types.computeIfAbsent(type, added -> new TreeMap<>())
                    .computeIfAbsent(id, added -> entry(new StreamId(type, id), seen));
        }

        private Entry entry(StreamId stream, boolean seen) {
            long number = numbers.size() + 1;
            numbers.put(number, stream);
            return new Entry(
                    number,
                    stream,
                    1,
                    Optional.empty(),
                    Optional.empty(),
                    new StreamTypes(seen ? Set.of("Hidden", "Seen") : Set.of("Hidden"), true));
        }

        Stream<Entry> entries() {
            return types.values().stream().flatMap(streams -> streams.values().stream());
        }

        @Override
        public Uni<List<Entry>> page(String aggregateType, String after, String prefix, int limit) {
            NavigableMap<String, Entry> streams = types.getOrDefault(aggregateType, new TreeMap<>());
            List<Entry> page = streams.tailMap(after, false).values().stream()
                    .filter(entry -> entry.stream().aggregateId().startsWith(prefix))
                    .limit(limit)
                    .toList();
            looked += page.size();
            return Uni.createFrom().item(page);
        }

        @Override
        public Uni<Optional<Type>> typeAfter(String aggregateType) {
            return Uni.createFrom()
                    .item(Optional.ofNullable(types.higherEntry(aggregateType))
                            .map(type -> new Type(
                                    type.getKey(),
                                    type.getValue().firstEntry().getValue().number())));
        }

        @Override
        public Uni<Optional<StreamId>> stream(long number) {
            return Uni.createFrom().item(Optional.ofNullable(numbers.get(number)));
        }
    }
}
