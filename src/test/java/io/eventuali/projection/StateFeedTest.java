package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What a follower of documents is told, and how many look-ups that takes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class StateFeedTest {
    private static final Duration HEARTBEAT = Duration.ofMinutes(1);

    private final PositionWaiter waiter = new PositionWaiter();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private StatesAt now = states(0);
    private int items;

    @Test
    void the_present_states_come_first_and_then_the_differences_between_looks() {
        now = states(7, "a", "1", "c", "9");
        AssertSubscriber<List<StateChange>> follower = follow("a", "b");
        assertThat(told(follower)).containsExactlyInAnyOrder("STATE a 7 1", "STATE b 7 -");

        move(with(states(8, "b", "2", "c", "10"), new StoredState("a", 7, "1")));
        assertThat(told(follower)).containsExactly("CHANGED b 8 2");

        move(with(states(9), new StoredState("b", 8, "2")));
        assertThat(told(follower)).containsExactly("REMOVED a 9 -");
    }

    @Test
    void a_transaction_that_concerns_other_documents_tells_nothing() {
        now = states(1, "a", "1");
        AssertSubscriber<List<StateChange>> follower = follow("a");
        told(follower);

        move(with(states(2, "b", "1"), new StoredState("a", 1, "1")));
        assertThat(follower.getItems()).hasSize(1);
        move(states(3, "a", "2"));

        assertThat(told(follower)).containsExactly("CHANGED a 3 2");
    }

    @Test
    void a_slow_follower_sees_fewer_states_but_the_last_one() {
        now = states(1, "a", "1");
        AssertSubscriber<List<StateChange>> follower = follow("a");
        move(states(2, "a", "2"));
        move(states(3, "a", "3"));

        assertThat(told(follower)).contains("STATE a 1 1");
        assertThat(told(follower)).containsExactly("CHANGED a 3 3");
    }

    @Test
    void it_ends_when_the_replica_does() {
        AssertSubscriber<List<StateChange>> follower = follow("a");
        told(follower);

        open.set(false);
        waiter.release();

        follower.assertCompleted();
    }

    @Test
    void look_ups_that_come_while_one_is_under_way_share_the_next_one() {
        List<Set<String>> asked = new ArrayList<>();
        List<UniEmitter<? super StatesAt>> answers = new ArrayList<>();
        StateLookups lookups = new StateLookups(keys -> {
            asked.add(new TreeSet<>(keys));
            return Uni.createFrom().emitter(answers::add);
        });
        List<StatesAt> found = new ArrayList<>();
        for (String key : List.of("a", "b", "c")) {
            lookups.look(Set.of(key)).subscribe().with(found::add);
        }
        assertThat(asked).containsExactly(Set.of("a"));

        answers.get(0).complete(states(1));
        answers.get(1).complete(states(2));

        assertThat(asked).containsExactly(Set.of("a"), Set.of("b", "c"));
        assertThat(found).extracting(states -> states.checkpoints().least()).containsExactly(1L, 2L, 2L);
    }

    private AssertSubscriber<List<StateChange>> follow(String... keys) {
        StateLookups lookups = new StateLookups(asked -> Uni.createFrom().item(now));
        return new StateFeed("p", Set.of(keys), Duration.ZERO, lookups, waiter, open::get)
                .changes(HEARTBEAT)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1));
    }

    private void move(StatesAt next) {
        now = next;
        waiter.reached("p", next.checkpoints());
    }

    /** The next item, in words; asks for one more. */
    private List<String> told(AssertSubscriber<List<StateChange>> follower) {
        List<StateChange> changes = follower.awaitItems(items + 1).getItems().get(items);
        items++;
        follower.request(1);
        // Who comes after a move is told by the next poll.
        waiter.reached("p", now.checkpoints());
        return changes.stream()
                .map(change -> change.kind() + " " + change.key() + " " + change.position() + " "
                        + change.json().orElse("-"))
                .toList();
    }

    /** The same with a document that has not changed. */
    private static StatesAt with(StatesAt states, StoredState unchanged) {
        Map<String, StoredState> all = new HashMap<>(states.states());
        all.put(unchanged.key(), unchanged);
        return new StatesAt(states.checkpoints(), all);
    }

    private static StatesAt states(long position, String... keysAndStates) {
        Map<String, StoredState> states = new HashMap<>();
        for (int i = 0; i < keysAndStates.length; i += 2) {
            states.put(keysAndStates[i], new StoredState(keysAndStates[i], position, keysAndStates[i + 1]));
        }
        return new StatesAt(Checkpoints.of(position), states);
    }
}
