package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.support.Seed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FoldTest {
    private static final long MAX_BYTES = 100;

    private final Fold<String> fold = new Fold<>(
            new Words(),
            Partition.WHOLE,
            new JsonCodec(new ObjectMapper()),
            Duration.ofSeconds(1),
            MAX_BYTES,
            new Progress());

    @Test
    void however_the_log_is_cut_into_batches_the_documents_are_the_same() {
        Seed seed = Seed.next();
        var random = seed.random();
        for (int round = 0; round < 200; round++) {
            List<StreamEvent> log = new ArrayList<>();
            for (int i = 1; i <= 60; i++) {
                String type = random.nextInt(6) == 0 ? "Cleared" : random.nextInt(5) == 0 ? "Ignored" : "Added";
                log.add(event(i, "key-" + random.nextInt(4), type));
            }

            Map<String, String> documents = new TreeMap<>();
            for (int from = 0; from < log.size(); ) {
                int to = Math.min(log.size(), from + random.nextInt(1, 20));
                apply(log.subList(from, to), documents, random.nextBoolean());
                from = to;
            }

            assertThat(documents).as("%s", seed).isEqualTo(naive(log));
        }
    }

    @Test
    void a_document_that_many_events_change_is_written_once_with_the_position_of_the_last() {
        var result = fold.apply(
                selected(event(1, "a", "Added"), event(2, "b", "Added"), event(3, "a", "Added")),
                Map.of(),
                Set.of(),
                false);

        assertThat(result.handled()).isEqualTo(3);
        assertThat(result.documents())
                .containsExactly(new Document<>("a", "1,3", "\"1,3\"", 3), new Document<>("b", "2", "\"2\"", 2));
    }

    @Test
    void one_event_is_applied_when_there_is_no_time_for_any() {
        Folded<String> folded = new Folded<>(0);

        int applied = fold.apply(
                folded, selected(event(1, "a", "Added"), event(2, "b", "Added")), Map.of(), Set.of(), false, -1);

        assertThat(applied).isEqualTo(1);
        assertThat(folded.document("a").position()).isEqualTo(1);
        assertThat(folded.document("b")).isNull();
    }

    @Test
    void events_of_a_parked_key_are_parked_and_others_go_on() {
        var result = fold.apply(
                selected(event(1, "a", "Added"), event(2, "b", "Added"), event(3, "a", "Added")),
                Map.of(),
                Set.of("a"),
                false);

        assertThat(result.parked()).extracting(ParkedEvent::position).containsExactly(1L, 3L);
        assertThat(result.documents()).extracting(Document::key).containsExactly("b");
    }

    @Test
    void the_event_that_failed_is_named() {
        assertThatThrownBy(() -> fold.apply(
                        selected(event(1, "a", "Added"), event(2, "a", "Broken")), Map.of(), Set.of(), false))
                .isInstanceOfSatisfying(HandlerFailure.class, failure -> {
                    assertThat(failure.position()).isEqualTo(2);
                    assertThat(failure.reason().text()).isEqualTo("broken");
                });
    }

    @Test
    void one_at_a_time_the_event_that_makes_a_document_too_large_is_found() {
        List<KeyedEvent> events =
                selected(event(1, "a", "Added"), event(2, "a", "Inflated"), event(3, "a", "Inflated"));

        assertThatThrownBy(() -> fold.apply(events, Map.of(), Set.of(), true))
                .isInstanceOfSatisfying(HandlerFailure.class, failure -> assertThat(failure.position())
                        .isEqualTo(2));
    }

    @Test
    void a_stored_document_that_does_not_fit_its_type_any_more_fails_the_event_that_needs_it() {
        assertThatThrownBy(() ->
                        fold.apply(selected(event(7, "a", "Added")), Map.of("a", Loaded.text("{}")), Set.of(), false))
                .isInstanceOfSatisfying(HandlerFailure.class, failure -> {
                    assertThat(failure.position()).isEqualTo(7);
                    assertThat(failure.isOfDocument()).isTrue();
                    assertThat(failure.reason().text()).contains("document a,", "version(2)");
                });
    }

    @Test
    void a_key_that_cannot_be_stored_fails_its_event() {
        for (String key : List.of("x\0", "k".repeat(1_801), "ä".repeat(901))) {
            StreamEvent event = new StreamEvent(
                    5,
                    1,
                    UUID.randomUUID(),
                    new StreamId("A", "1"),
                    "Added",
                    Instant.EPOCH,
                    new JsonText("\"" + key.replace("\0", "\\u0000") + "\""),
                    JsonText.EMPTY_OBJECT);

            assertThatThrownBy(() -> fold.select(List.of(event)))
                    .isInstanceOfSatisfying(HandlerFailure.class, failure -> assertThat(failure.position())
                            .isEqualTo(5));
        }
    }

    private void apply(List<StreamEvent> events, Map<String, String> documents, boolean single) {
        Map<String, Loaded<String>> before = new HashMap<>();
        documents.forEach((key, state) -> before.put(key, Loaded.ready(state)));
        for (Document<String> document :
                fold.apply(fold.select(events), before, Set.of(), single).documents()) {
            if (document.isRemoved()) {
                documents.remove(document.key());
            } else {
                documents.put(document.key(), document.state());
            }
        }
    }

    private static Map<String, String> naive(List<StreamEvent> log) {
        Map<String, String> documents = new TreeMap<>();
        for (StreamEvent event : log) {
            if (event.eventType().equals("Cleared")) {
                documents.remove(event.aggregateId());
            } else if (event.eventType().equals("Added")) {
                documents.merge(
                        event.aggregateId(),
                        Long.toString(event.globalPosition()),
                        (before, more) -> before + "," + more);
            }
        }
        return documents;
    }

    private List<KeyedEvent> selected(StreamEvent... events) {
        return fold.select(Stream.of(events).toList());
    }

    private static StreamEvent event(long position, String key, String type) {
        return new StreamEvent(
                position,
                position,
                new UUID(0, position),
                new StreamId("A", key),
                type,
                Instant.EPOCH,
                new JsonText("\"" + key + "\""),
                JsonText.EMPTY_OBJECT);
    }

    /** Lists the positions of a key's events; the key is the event's data. */
    private static final class Words extends Projection<String> {
        private static final JsonCodec JSON = new JsonCodec(new ObjectMapper());

        Words() {
            super("words", String.class);
            keyedBy(event -> JSON.read(event.data().text(), String.class));
            on("Added", (list, e) -> list == null ? "" + e.globalPosition() : list + "," + e.globalPosition());
            on("Cleared", (list, e) -> null);
            on("Inflated", (list, e) -> "x".repeat(200));
            on("Broken", (list, e) -> {
                throw new IllegalStateException("broken");
            });
        }
    }
}
