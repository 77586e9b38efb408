package io.eventuali.saga;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A rule that is added to the code starts nothing for what was there before it. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class StartRulesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Inject
    EventStore store;

    @Inject
    SagaTable table;

    @Inject
    SagaLog log;

    @Inject
    SagaClock clock;

    @Inject
    SagaMeters meters;

    @Inject
    SagaWorkers workers;

    @Inject
    StepTrace trace;

    @Inject
    SagaConfig config;

    @Inject
    LogFollower follower;

    private final String type = "late-" + UUID.randomUUID();
    private final String known = "Known" + UUID.randomUUID();
    private final String added = "Added" + UUID.randomUUID();

    @Test
    void a_rule_that_is_added_to_a_known_type_starts_sagas_from_where_it_was_added() {
        await(table.declare(type, head()));
        SagaIntake old = start(new Late(type, known), 1);
        append(known, "first");
        awaitSaga("first");
        old.stop();
        // Nobody has read these yet: the reader is gone, as in a deployment.
        append(added, "before");
        append(known, "meanwhile");

        SagaIntake fresh = start(new Late(type, known, added), 2);
        append(added, "after");

        awaitSaga("after");
        awaitSaga("meanwhile");
        assertThat(keys()).containsExactlyInAnyOrder("first", "meanwhile", "after");
        fresh.stop();
    }

    @Test
    void a_rule_that_was_taken_out_begins_anew_when_it_comes_back() {
        await(table.declare(type, 10));
        assertThat(await(rules(100, known, added).adopt(table, 0)))
                .containsEntry(known, 100L)
                .containsEntry(added, 100L);
        // Another replica with the same code, started later, changes nothing.
        await(rules(200, known, added).declare(table));
        assertThat(await(rules(200, known, added).adopt(table, 0))).containsEntry(added, 100L);

        assertThat(await(rules(300, known).adopt(table, 0))).containsOnlyKeys(known);

        assertThat(await(rules(400, known, added).adopt(table, 0)))
                .containsEntry(known, 100L)
                .containsEntry(added, 400L);
        // Who is no reader any more forgets nothing.
        await(rules(500).forgetOthers(table, 7));
        assertThat(await(table.starts(type))).containsOnlyKeys(known, added);
    }

    private StartRules rules(long startedAt, String... eventTypes) {
        return new StartRules(type, Set.of(eventTypes), startedAt);
    }

    /** What a replica with this code does when it is started, and given the lease of the reader. */
    private SagaIntake start(SagaHandler<String> code, long epoch) {
        SagaRegistry registry = new SagaRegistry(List.of(code), new ObjectMapper(), config);
        StartRules rules =
                new StartRules(type, registry.newest(type).orElseThrow().starts(), head());
        await(rules.declare(table));
        SagaIntake intake = new SagaIntake(
                rules,
                epoch,
                new SagaSurroundings(log, registry, clock, meters, workers, trace),
                table,
                follower,
                new Tasks(new SimpleMeterRegistry()));
        intake.start();
        return intake;
    }

    private void append(String eventType, String key) {
        StreamId stream = new StreamId("Late", type + "/" + key);
        await(store.append(AppendRequest.to(stream, ExpectedPosition.ANY, List.of(NewEvent.of(eventType, "{}")))));
    }

    private void awaitSaga(String key) {
        Awaitility.await().atMost(PATIENCE).until(() -> keys().contains(key));
    }

    private List<String> keys() {
        return await(table.list(new SagaQuery(
                        Optional.of(type), Set.of(), Optional.empty(), Optional.empty(), Optional.empty(), 100)))
                .stream()
                .map(saga -> saga.businessKey().orElseThrow())
                .map(key -> key.substring(key.indexOf('/') + 1))
                .toList();
    }

    private long head() {
        return await(store.head()).position();
    }

    private static <T> T await(Uni<T> answer) {
        return answer.await().atMost(PATIENCE);
    }

    /** A saga that some events start, and that does nothing. */
    private static final class Late extends SagaHandler<String> {
        Late(String type, String... eventTypes) {
            super(type, String.class);
            for (String eventType : eventTypes) {
                startsOn(eventType, Object.class, payload -> "nothing");
            }
            await("NeverComes", data -> "nothing");
        }
    }
}
