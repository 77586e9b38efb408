package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.sql.Connections;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.CommitListener;
import io.eventuali.store.CommittedBatch;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.LogHead;
import io.eventuali.store.StoreConfig;
import io.eventuali.support.Seed;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Whatever fails for one request of a batch, at whichever step, the others are answered as if it had not been there. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class GroupCommitFaultsIT {
    private static final int REQUESTS = 1_500;
    private static final TimeOrderedIds IDS = new TimeOrderedIds();

    @Inject
    Vertx vertx;

    @Inject
    Connections connections;

    @Inject
    StoreConfig config;

    @Inject
    LogIdentity identity;

    private final Seed seed = Seed.next();
    private final Random random = new Random(seed.value());
    private final String type = "Faults-" + UUID.randomUUID();

    @Test
    void a_failure_at_any_step_is_that_of_one_request() throws Exception {
        GroupCommit commit = commit();
        List<UUID> known = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            known.add(UUID.randomUUID());
            commit.append(request(known.get(i), "known", "{\"n\":[1.10,1e2]}", ExpectedPosition.ANY));
        }
        List<Expected> expected = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            expected.add(next(known));
        }
        Collections.shuffle(expected, random);
        for (Expected request : expected) {
            commit.append(request.pending());
        }

        for (Expected request : expected) {
            request.check().accept(outcome(request.pending()));
        }
        commit.stop().get(20, TimeUnit.SECONDS);
    }

    @Test
    void appends_that_were_there_already_show_that_one_would_work() throws Exception {
        UUID known = UUID.randomUUID();
        GroupCommit first = commit();
        PendingAppend written = request(known, "replayed", "1", ExpectedPosition.ANY);
        first.append(written);
        assertThat(outcome(written)).isInstanceOf(AppendResult.class);
        first.stop().get(20, TimeUnit.SECONDS);
        // Not started, so nothing else tries one.
        GroupCommit commit = commit();
        assertThat(commit.health().state().works()).isFalse();

        PendingAppend again = request(known, "replayed", "1", ExpectedPosition.ANY);
        commit.append(again);

        assertThat(outcome(again)).isInstanceOfSatisfying(AppendResult.class, result -> assertThat(result.replayed())
                .isTrue());
        assertThat(commit.health().state().works()).isTrue();
        commit.stop().get(20, TimeUnit.SECONDS);
    }

    private GroupCommit commit() {
        return new GroupCommit(
                vertx,
                connections,
                // The other one is the service's own.
                Connections.Use.SHARED,
                Duration.ofSeconds(2),
                config.append(),
                new AppendQueue(config.append()),
                new FailingListener(),
                new StoreMeters(new FailingMeters()),
                identity,
                new Tasks(new SimpleMeterRegistry()));
    }

    private Expected next(List<UUID> known) {
        UUID id = UUID.randomUUID();
        UUID old = known.get(random.nextInt(known.size()));
        return switch (random.nextInt(12)) {
            case 0 ->
                new Expected(new Faulty(append(id, "faulty", "1", ExpectedPosition.ANY)), outcome -> assertThat(outcome)
                        .as("%s", seed)
                        .isInstanceOfAny(
                                AppendResult.class,
                                EventStoreException.Unwritable.class,
                                EventStoreException.OutcomeUnknown.class));
            case 1 ->
                new Expected(
                        request(old, "known", "{\"n\":[1.1,100]}", ExpectedPosition.ANY), outcome -> assertThat(outcome)
                                .as("%s", seed)
                                .isInstanceOfSatisfying(AppendResult.class, result -> assertThat(result.replayed())
                                        .isTrue()));
            case 2 ->
                new Expected(
                        request(old, "known", "{\"n\":[0e99999999999]}", ExpectedPosition.ANY),
                        outcome -> failed(outcome, EventStoreException.EventIdConflict.class));
            case 3 ->
                new Expected(
                        request(id, "known", "1", ExpectedPosition.at(999_999)),
                        outcome -> failed(outcome, EventStoreException.VersionConflict.class));
            case 4 ->
                new Expected(
                        // Not JSON that the store would take, but here nobody looks: the database refuses it.
                        request(id, "refused", "\"\0\"", ExpectedPosition.ANY),
                        outcome -> failed(outcome, EventStoreException.Unwritable.class));
            case 5 -> {
                PendingAppend pending = request(id, "caller", "1", ExpectedPosition.ANY);
                pending.outcome().thenRun(() -> {
                    throw new IllegalStateException("a caller that fails on its answer");
                });
                yield new Expected(pending, this::written);
            }
            default -> new Expected(request(id, "ordinary", "1", ExpectedPosition.ANY), this::written);
        };
    }

    private void written(Object outcome) {
        assertThat(outcome).as("%s", seed).isInstanceOfSatisfying(AppendResult.class, result -> assertThat(
                        result.replayed())
                .isFalse());
    }

    private void failed(Object outcome, Class<? extends Exception> with) {
        assertThat(outcome).as("%s", seed).isInstanceOf(with);
    }

    private static Object outcome(PendingAppend pending) throws Exception {
        try {
            return pending.outcome()
                    .handle((result, failure) -> failure == null ? result : failure)
                    .get(60, TimeUnit.SECONDS);
        } catch (CompletionException wrapped) {
            return wrapped.getCause();
        }
    }

    private PendingAppend request(UUID id, String stream, String data, ExpectedPosition position) {
        return new PendingAppend(append(id, stream, data, position), IDS, 10, deadline());
    }

    private AppendRequest append(UUID id, String stream, String data, ExpectedPosition position) {
        return new AppendRequest(
                List.of(new AppendRequest.StreamAppend(
                        new StreamId(type, stream),
                        position,
                        List.of(new NewEvent(Optional.of(id), "E", new JsonText(data), JsonText.EMPTY_OBJECT)))),
                Optional.empty());
    }

    private static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    }

    /** @param check of the result, or of the failure */
    private record Expected(PendingAppend pending, Consumer<Object> check) {}

    /** Throws whenever it is asked something, by chance. */
    private final class Faulty extends PendingAppend {
        private final Random chance = new Random(random.nextLong());

        Faulty(AppendRequest request) {
            super(request, IDS, 10, deadline());
        }

        @Override
        AppendRequest request() {
            maybe();
            return super.request();
        }

        @Override
        List<UUID> eventIds() {
            maybe();
            return super.eventIds();
        }

        private void maybe() {
            if (chance.nextInt(4) == 0) {
                throw new IllegalStateException("a bug of one request");
            }
        }
    }

    /** Throws after every third commit. */
    private static final class FailingListener implements CommitListener {
        private int commits;

        @Override
        public void opened(LogHead head) {}

        @Override
        public void reconnected() {}

        @Override
        public void committed(CommittedBatch batch) {
            if (++commits % 3 == 0) {
                throw new AssertionError("a listener that fails");
            }
        }

        @Override
        public void rung() {}
    }

    /** Counters of it throw every third time. */
    private static final class FailingMeters extends SimpleMeterRegistry {
        private int counts;

        @Override
        protected Counter newCounter(Meter.Id id) {
            Counter counter = super.newCounter(id);
            return new Counter() {
                @Override
                public void increment(double amount) {
                    if (++counts % 3 == 0) {
                        throw new IllegalStateException("a meter that fails");
                    }
                    counter.increment(amount);
                }

                @Override
                public double count() {
                    return counter.count();
                }

                @Override
                public Meter.Id getId() {
                    return id;
                }
            };
        }
    }
}
