package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.eventuali.task.Failure;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
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

    @Inject
    Generations generations;

    private final String name = UUID.randomUUID().toString();

    @Test
    void a_batch_is_there_for_the_next_owner() {
        StoredDocuments<Long> first = owner(1, 1);
        assertThat(get(first.open())).isEqualTo(new Checkpoint(0, true, false, 0, Set.of(), 0));

        get(first.commit(batch(0, 10, List.of(document("a", 1L, 9), document("b", 2L, 10)), parked(8, "c"))));
        get(first.commit(batch(10, 12, List.of(document("a", null, 11)))));

        StoredDocuments<Long> second = owner(2, 1);
        assertThat(get(second.open())).isEqualTo(new Checkpoint(12, true, false, 0, Set.of("c"), 1));
        assertThat(get(table.states(name, "", "", 10)).states()).containsExactly(new StoredState("b", 10, "2"));
    }

    @Test
    void a_page_tells_whether_others_follow_also_when_large_documents_end_it_early() {
        StoredDocuments<Long> owner = owner(1, 1);
        get(owner.open());
        get(owner.commit(batch(0, 3, List.of(document("a", 1L, 1), document("b", 2L, 2), document("c", 3L, 3)))));

        assertThat(keys(get(table.states(name, "", "", 2)))).containsExactly("a", "b", "more");
        assertThat(keys(get(table.states(name, "", "", 3)))).containsExactly("a", "b", "c");

        // Three megabytes each, of four in a page.
        get(table.execute(
                "UPDATE projection_state SET state = repeat('1', 3000000) WHERE projection = $1", Tuple.of(name)));

        assertThat(keys(get(table.states(name, "", "", 10)))).containsExactly("a", "b", "more");
        assertThat(keys(get(table.states(name, "b", "", 10)))).containsExactly("c");
    }

    private static List<String> keys(StatePage page) {
        Stream<String> keys = page.states().stream().map(StoredState::key);
        return (page.more() ? Stream.concat(keys, Stream.of("more")) : keys).toList();
    }

    @Test
    void a_former_owner_changes_nothing() {
        StoredDocuments<Long> former = owner(1, 1);
        get(former.open());
        StoredDocuments<Long> present = owner(2, 1);
        get(present.open());

        assertThatThrownBy(() -> get(former.commit(batch(0, 10, List.of(document("a", 1L, 10)), parked(9, "b")))))
                .isInstanceOf(CheckpointMovedException.class);
        assertThatThrownBy(() -> get(former.halt(new HandlerFailure(1, "E", "late", "late"))))
                .isInstanceOf(OwnershipLostException.class);
        assertThatThrownBy(() -> get(former.open())).isInstanceOf(OwnershipLostException.class);

        assertThat(get(table.states(name, "", "", 10)).states()).isEmpty();
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
    void newer_code_builds_its_documents_beside_those_of_older_code_which_goes_on_until_they_have_caught_up() {
        StoredDocuments<Long> old = owner(1, 1);
        get(old.open());
        get(old.commit(batch(0, 10, List.of(document("a", 1L, 10)), parked(9, "b"))));

        StoredDocuments<Long> newer = owner(1, 2);
        assertThat(get(newer.open())).isEqualTo(new Checkpoint(0, false, false, 10, Set.of(), 0));
        get(newer.commit(batch(0, 10, List.of(document("a", 100L, 10)))));
        get(old.commit(batch(10, 12, List.of(document("a", 2L, 12)))));

        assertThat(get(newer.promote())).isEmpty();
        assertThat(get(table.state(name, "a"))).contains(new StoredState("a", 12, "2"));
        assertThat(get(table.deadLetters(name, 0, 10))).hasSize(1);
        get(newer.commit(batch(10, 13, List.of(document("a", 200L, 13)))));
        assertThat(get(newer.promote())).contains(new ServedFrom(12, true));
        assertThat(get(newer.promote())).contains(new ServedFrom(12, false));

        assertThat(get(table.state(name, "a"))).contains(new StoredState("a", 13, "200"));
        assertThat(get(table.deadLetters(name, 0, 10))).isEmpty();
        assertThatThrownBy(() -> get(old.commit(batch(12, 14, List.of(document("a", 3L, 14))))))
                .isInstanceOf(CheckpointMovedException.class);
        assertThatThrownBy(() -> get(old.open())).isInstanceOf(OwnershipLostException.class);
        assertThat(get(newer.open())).isEqualTo(new Checkpoint(13, true, false, 12, Set.of(), 0));
    }

    @Test
    void a_former_owner_cannot_have_served_what_it_built() {
        get(owner(1, 1).open());
        StoredDocuments<Long> former = owner(1, 2);
        get(former.open());
        get(owner(2, 2).open());

        assertThat(get(former.promote())).isEmpty();
        assertThat(get(table.rows(List.of(name))))
                .extracting(ProjectionRow::version, ProjectionRow::serving)
                .containsExactly(tuple(1, true), tuple(2, false));
    }

    @Test
    void a_rebuild_is_thrown_away_and_begun_again_with_nothing_of_the_first_one_in_it() {
        StoredDocuments<Long> served = owner(1, 1);
        get(served.open());
        get(served.commit(batch(0, 10, List.of(document("a", 1L, 10)))));
        assertThat(get(generations.rebuild(name, 1, 1))).isTrue();
        assertThat(get(generations.rebuild(name, 1, 1))).isFalse();
        StoredDocuments<Long> built = building(1);
        get(built.open());
        get(built.commit(batch(0, 5, List.of(document("left over", 1L, 5)))));

        assertThat(get(generations.discard(name))).isTrue();
        assertThat(get(generations.discard(name))).isFalse();
        assertThatThrownBy(() -> get(built.commit(batch(5, 6, List.of()))))
                .isInstanceOf(CheckpointMovedException.class);
        get(generations.rebuild(name, 1, 1));
        StoredDocuments<Long> again = building(1);
        get(again.open());
        get(again.commit(batch(0, 10, List.of(document("b", 2L, 10)))));
        assertThat(get(again.promote())).contains(new ServedFrom(10, true));

        assertThat(get(table.states(name, "", "", 10)).states()).containsExactly(new StoredState("b", 10, "2"));
        await().atMost(PATIENCE).until(() -> stored() == 1);
    }

    @Test
    void after_a_reset_the_owner_begins_anew_and_is_told_what_it_has_seen_before() {
        StoredDocuments<Long> owner = owner(1, 1);
        get(owner.open());
        get(owner.commit(batch(0, 10, List.of(document("a", 1L, 10)))));
        get(table.pause(name));

        get(generations.reset(name, 1, 1));

        assertThat(get(table.states(name, "", "", 10)).states()).isEmpty();
        assertThatThrownBy(() -> get(owner.commit(batch(10, 11, List.of()))))
                .isInstanceOf(CheckpointMovedException.class);
        assertThat(get(owner(1, 1).open())).isEqualTo(new Checkpoint(0, true, true, 10, Set.of(), 0));
        await().atMost(PATIENCE).until(() -> stored() == 0);
    }

    @Test
    void a_document_that_the_database_refuses_is_refused_for_good() {
        StoredDocuments<Long> owner = owner(1, 1);
        get(owner.open());

        assertThatThrownBy(() -> get(owner.commit(batch(0, 1, List.of(document("\0", 1L, 1))))))
                .isInstanceOf(StatementRefusedException.class);
        get(owner.commit(batch(0, 1, List.of(document("a", 1L, 1)))));
    }

    @Test
    void partitions_have_checkpoints_owners_and_dead_letters_of_their_own() {
        StoredDocuments<Long> first = partition(0, 2, 1, true);
        StoredDocuments<Long> second = partition(1, 2, 7, true);
        get(first.open());
        get(second.open());

        get(first.commit(batch(0, 10, List.of(document("a", 1L, 9)), parked(8, "c"))));
        get(second.commit(batch(0, 5, List.of(document("b", 2L, 5)), parked(4, "d"))));

        assertThat(get(partition(0, 2, 2, true).open())).isEqualTo(new Checkpoint(10, true, false, 0, Set.of("c"), 1));
        assertThat(get(partition(1, 2, 8, true).open())).isEqualTo(new Checkpoint(5, true, false, 0, Set.of("d"), 1));
        assertThat(get(table.positions(List.of(name)))).containsEntry(name, new Checkpoints(List.of(10L, 5L)));
        assertThat(get(table.states(name, "", "", 10)).states()).hasSize(2);
        assertThat(get(table.current(name, List.of("a", "x"))).checkpoints())
                .isEqualTo(new Checkpoints(List.of(10L, 5L)));
        assertThat(get(table.deadLetters(name, 0, 10))).hasSize(2);
    }

    @Test
    void another_number_of_partitions_is_served_when_all_of_them_are_as_far_as_the_furthest_of_the_old_ones() {
        StoredDocuments<Long> old = partition(0, 1, 1, true);
        get(old.open());
        get(old.commit(batch(0, 10, List.of(document("a", 1L, 10)))));
        get(generations.ensure(name, 1, 3, true));
        assertThat(get(table.rows(List.of(name))))
                .as("documents keep their number")
                .hasSize(1);

        assertThat(get(generations.rebuild(name, 1, 2))).isTrue();
        StoredDocuments<Long> first = partition(0, 2, 1, false);
        StoredDocuments<Long> second = partition(1, 2, 1, false);
        get(first.open());
        get(second.open());
        get(first.commit(batch(0, 12, List.of(document("a", 2L, 10)))));
        get(second.commit(batch(0, 9, List.of())));
        assertThat(get(first.promote())).isEmpty();
        get(second.commit(batch(9, 10, List.of())));

        assertThat(get(second.promote())).contains(new ServedFrom(10, true));
        assertThat(get(first.promote())).contains(new ServedFrom(10, false));
        assertThat(get(table.state(name, "a"))).contains(new StoredState("a", 10, "2"));
        assertThat(get(table.positions(List.of(name)))).containsEntry(name, new Checkpoints(List.of(12L, 10L)));
    }

    private StoredDocuments<Long> partition(int index, int count, long epoch, boolean serving) {
        get(generations.ensure(name, 1, count, true));
        long generation = get(table.rows(List.of(name))).stream()
                .filter(row -> row.serving() == serving)
                .findFirst()
                .orElseThrow()
                .generation();
        return new StoredDocuments<>(
                new Named(name, 1), generation, new Partition(index, count), epoch, table, generations, 1 << 20);
    }

    /** Documents of all generations, also of those that are gone. */
    private int stored() {
        get(generations.sweep());
        return get(table.execute("SELECT count(*) FROM projection_state WHERE projection = $1", Tuple.of(name)))
                .iterator()
                .next()
                .getInteger(0);
    }

    @Test
    void a_halt_is_known_to_the_next_owner_until_it_is_resumed() {
        StoredDocuments<Long> first = owner(1, 1);
        get(first.open());
        get(first.halt(new HandlerFailure(7, "E", "no-way", "cannot")));

        assertThat(get(owner(2, 1).open()).halted()).isTrue();
        get(table.resume(name));
        assertThat(get(owner(3, 1).open()).halted()).isFalse();
    }

    /** Whoever owns the generation of this version, or a newer one than there is. */
    private StoredDocuments<Long> owner(long epoch, int version) {
        get(generations.ensure(name, version, 1, true));
        return documents(version, epoch, row -> row.version() == version);
    }

    private StoredDocuments<Long> building(long epoch) {
        return documents(1, epoch, row -> !row.serving());
    }

    private StoredDocuments<Long> documents(int version, long epoch, Predicate<ProjectionRow> which) {
        long generation = get(table.rows(List.of(name))).stream()
                .filter(which)
                .findFirst()
                .orElseThrow()
                .generation();
        return new StoredDocuments<>(
                new Named(name, version), generation, Partition.WHOLE, epoch, table, generations, 1 << 20);
    }

    private static Document<Long> document(String key, Long state, long position) {
        return new Document<>(key, state, state == null ? null : state.toString(), position);
    }

    private static ParkedEvent parked(long position, String key) {
        return new ParkedEvent(position, key, new Failure("test", "reason"), 1);
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
