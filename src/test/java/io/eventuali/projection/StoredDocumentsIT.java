package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Documents, dead letters and checkpoint change together, under the epoch of the last owner, or not at all (G8). */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class StoredDocumentsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    ProjectionTable table;

    private final String name = UUID.randomUUID().toString();

    @Test
    void a_batch_is_there_for_the_next_owner() {
        StoredDocuments<Long> first = owner(1, 1);
        assertThat(get(first.open())).isEqualTo(new Checkpoint(0, false, Set.of(), 0));

        get(first.commit(batch(0, 10, List.of(document("a", 1L, 9), document("b", 2L, 10)), parked(8, "c"))));
        get(first.commit(batch(10, 12, List.of(document("a", null, 11)))));

        StoredDocuments<Long> second = owner(2, 1);
        assertThat(get(second.open())).isEqualTo(new Checkpoint(12, false, Set.of("c"), 1));
        assertThat(get(table.states(name, "", "", 10))).containsExactly(new StoredState("b", 10, "2"));
    }

    @Test
    void a_former_owner_changes_nothing() {
        StoredDocuments<Long> former = owner(1, 1);
        get(former.open());
        StoredDocuments<Long> present = owner(2, 1);
        get(present.open());

        assertThatThrownBy(() -> get(former.commit(batch(0, 10, List.of(document("a", 1L, 10)), parked(9, "b")))))
                .isInstanceOf(CheckpointMovedException.class);
        assertThatThrownBy(() -> get(former.halt(new HandlerFailure(1, "E", "late"))))
                .isInstanceOf(OwnershipLostException.class);
        assertThatThrownBy(() -> get(former.open())).isInstanceOf(OwnershipLostException.class);

        assertThat(get(table.states(name, "", "", 10))).isEmpty();
        assertThat(get(table.deadLetters(name, 0, 10))).isEmpty();
        assertThat(get(table.rows(List.of(name))).get(0).isHalted()).isFalse();
        get(present.commit(batch(0, 10, List.of(document("a", 3L, 10)))));
        assertThat(get(table.state(name, "a"))).contains(new StoredState("a", 10, "3"));
    }

    @Test
    void a_batch_that_does_not_begin_at_the_checkpoint_changes_nothing() {
        StoredDocuments<Long> owner = owner(1, 1);
        get(owner.open());
        get(owner.commit(batch(0, 10, List.of(document("a", 1L, 10)))));

        assertThatThrownBy(() -> get(owner.commit(batch(0, 10, List.of(document("a", 2L, 10))))))
                .isInstanceOf(CheckpointMovedException.class);

        assertThat(get(table.state(name, "a"))).contains(new StoredState("a", 10, "1"));
    }

    @Test
    void newer_code_begins_anew_and_older_code_leaves_it_alone() {
        StoredDocuments<Long> first = owner(1, 1);
        get(first.open());
        get(first.commit(batch(0, 10, List.of(document("a", 1L, 10)), parked(9, "b"))));

        assertThat(get(owner(2, 2).open())).isEqualTo(new Checkpoint(0, false, Set.of(), 0));
        assertThat(get(table.states(name, "", "", 10))).isEmpty();
        assertThatThrownBy(() -> get(owner(3, 1).open())).isInstanceOf(OwnershipLostException.Outdated.class);
    }

    @Test
    void a_halt_is_known_to_the_next_owner_until_it_is_resumed() {
        StoredDocuments<Long> first = owner(1, 1);
        get(first.open());
        get(first.halt(new HandlerFailure(7, "E", "cannot")));

        assertThat(get(owner(2, 1).open()).halted()).isTrue();
        get(table.resume(name));
        assertThat(get(owner(3, 1).open()).halted()).isFalse();
    }

    private StoredDocuments<Long> owner(long epoch, int version) {
        return new StoredDocuments<>(new Named(name, version), epoch, table, 1 << 20);
    }

    private static Document<Long> document(String key, Long state, long position) {
        return new Document<>(key, state, state == null ? null : state.toString(), position);
    }

    private static ParkedEvent parked(long position, String key) {
        return new ParkedEvent(position, key, "reason", 1);
    }

    private static Batch<Long> batch(long from, long to, List<Document<Long>> documents, ParkedEvent... parked) {
        return new Batch<>(from, to, Instant.now(), documents.size(), documents, List.of(parked), List.of());
    }

    private static <T> T get(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }

    /** A projection that has nothing but its name and version. */
    private static final class Named extends Projection<Long> {
        Named(String name, int version) {
            super(name, Long.class);
            version(version);
        }
    }
}
