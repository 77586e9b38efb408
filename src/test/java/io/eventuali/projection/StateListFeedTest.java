package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What a follower of a list is told: those that are there, then each that comes, changes or goes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class StateListFeedTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final PositionWaiter waiter = new PositionWaiter();
    private final Map<String, StoredState> documents = new ConcurrentHashMap<>();
    private volatile long position = 1;
    private volatile long generation = 1;

    @Test
    void present_documents_come_first_and_then_what_comes_changes_and_goes() {
        put("a", "1");
        put("b", "1");
        AssertSubscriber<List<StateChange>> follower = follow();
        await().until(() -> told(follower).size() == 2);
        assertThat(told(follower)).containsExactlyInAnyOrder("STATE a 1", "STATE b 1");

        position = 5;
        put("c", "2");
        documents.put("a", new StoredState("a", 5, "3"));
        documents.remove("b");
        waiter.reached("p", Checkpoints.of(position));

        await().until(() -> told(follower).size() == 5);
        assertThat(told(follower).subList(2, 5)).containsExactlyInAnyOrder("REMOVED b -", "CHANGED a 3", "CHANGED c 2");
    }

    @Test
    void an_empty_list_is_told_at_once() {
        AssertSubscriber<List<StateChange>> follower = follow();

        await().until(() -> follower.getItems().size() == 1);
        assertThat(follower.getItems().get(0)).isEmpty();
    }

    @Test
    void a_long_list_comes_in_pieces() {
        for (int i = 0; i < 2 * StateListFeed.CHUNK + 1; i++) {
            put("key-" + i, "1");
        }

        AssertSubscriber<List<StateChange>> follower = follow();

        await().until(() -> told(follower).size() == 2 * StateListFeed.CHUNK + 1);
        assertThat(follower.getItems()).hasSize(3);
    }

    @Test
    void documents_that_were_made_anew_are_told_again_though_their_positions_are_the_same() {
        put("a", "1");
        AssertSubscriber<List<StateChange>> follower = follow();
        await().until(() -> told(follower).size() == 1);

        generation = 2;
        documents.put("a", new StoredState("a", documents.get("a").position(), "2"));
        position = 2;
        waiter.reached("p", Checkpoints.of(position));

        await().until(() -> told(follower).size() == 2);
        assertThat(told(follower).get(1)).isEqualTo("CHANGED a 2");
    }

    @Test
    void what_a_follower_was_told_adds_up_to_what_is_there_whatever_happens_meanwhile() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        AssertSubscriber<List<StateChange>> follower = follow();
        for (int i = 0; i < 300; i++) {
            String key = "key-" + random.nextInt(20);
            position++;
            if (random.nextInt(3) == 0) {
                documents.remove(key);
            } else {
                put(key, Integer.toString(i));
            }
            if (random.nextInt(10) == 0) {
                waiter.reached("p", Checkpoints.of(position));
            }
        }
        position++;

        await().untilAsserted(() -> {
            waiter.reached("p", Checkpoints.of(position));
            assertThat(built(follower)).as("seed %d", seed).isEqualTo(present());
        });
    }

    private void put(String key, String json) {
        documents.put(key, new StoredState(key, position, json));
    }

    private Map<String, String> present() {
        Map<String, String> present = new TreeMap<>();
        documents.forEach((key, state) -> present.put(key, state.json()));
        return present;
    }

    private static Map<String, String> built(AssertSubscriber<List<StateChange>> follower) {
        Map<String, String> built = new TreeMap<>();
        for (List<StateChange> changes : List.copyOf(follower.getItems())) {
            for (StateChange change : changes) {
                if (change.kind() == StateChange.Kind.REMOVED) {
                    built.remove(change.key());
                } else {
                    built.put(change.key(), change.json().orElseThrow());
                }
            }
        }
        return built;
    }

    private static List<String> told(AssertSubscriber<List<StateChange>> follower) {
        List<String> told = new ArrayList<>();
        List.copyOf(follower.getItems())
                .forEach(changes -> changes.forEach(change -> told.add(
                        change.kind() + " " + change.key() + " " + change.json().orElse("-"))));
        return told;
    }

    private AssertSubscriber<List<StateChange>> follow() {
        StateLookups lookups = new StateLookups(keys -> Uni.createFrom().item(() -> {
            Map<String, StoredState> found = new HashMap<>();
            keys.forEach(key -> {
                StoredState state = documents.get(key);
                if (state != null) {
                    found.put(key, state);
                }
            });
            return new StatesAt(Checkpoints.of(position), found);
        }));
        return new StateListFeed(
                        "p", Duration.ZERO, () -> Uni.createFrom().item(this::list), lookups, waiter, () -> true)
                .changes(LONG)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
    }

    private StateList list() {
        long at = position;
        Map<String, Long> positions = new HashMap<>();
        documents.forEach((key, state) -> positions.put(key, state.position()));
        return new StateList(Checkpoints.of(at), generation, positions);
    }
}
