package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.stream.Permission;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.operators.multi.processors.UnicastProcessor;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AccessWatchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final AccessWatch watch = new AccessWatch(new Tasks(new SimpleMeterRegistry()));
    private final AtomicBoolean permitted = new AtomicBoolean(true);
    private final Permission permission = now -> permitted.get();

    @AfterEach
    void stop() {
        watch.stop(new ShutdownEvent());
    }

    @Test
    void what_sends_nothing_ends_when_its_permission_does() {
        AssertSubscriber<Object> silent = watch.whilePermitted(
                        Multi.createFrom().nothing(), permission)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(0));
        UniAssertSubscriber<Object> waiting = watch.whilePermitted(
                        Uni.createFrom().nothing(), permission)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        assertThat(watch.watched()).isEqualTo(2);

        permitted.set(false);

        silent.awaitFailure(PATIENCE).assertFailedWith(AccessRefusedException.class);
        waiting.awaitFailure(PATIENCE).assertFailedWith(AccessRefusedException.class);
        await().atMost(PATIENCE).until(() -> watch.watched() == 0);
    }

    @Test
    void nothing_is_sent_between_the_end_of_a_permission_and_the_next_look() {
        UnicastProcessor<Integer> source = UnicastProcessor.create();
        AssertSubscriber<Integer> reader =
                watch.whilePermitted(source, permission).subscribe().withSubscriber(AssertSubscriber.create(10));
        source.onNext(1);

        permitted.set(false);
        source.onNext(2);

        reader.awaitFailure(PATIENCE)
                .assertFailedWith(AccessRefusedException.class)
                .assertItems(1);
        assertThat(watch.watched()).isZero();
    }

    @Test
    void what_ends_by_itself_is_not_watched_any_more() {
        watch.whilePermitted(Multi.createFrom().items(1, 2), permission)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(10))
                .awaitCompletion(PATIENCE)
                .assertItems(1, 2);
        watch.whilePermitted(Uni.createFrom().item(7), permission)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create())
                .awaitItem(PATIENCE)
                .assertItem(7);
        watch.whilePermitted(Multi.createFrom().nothing(), permission)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1))
                .cancel();

        assertThat(watch.watched()).isZero();
    }

    @Test
    void a_permission_that_fails_ends_its_own_answer_alone() {
        AssertSubscriber<Object> good = watch.whilePermitted(Multi.createFrom().nothing(), permission)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1));

        watch.whilePermitted(Multi.createFrom().nothing(), now -> {
                    throw new IllegalStateException("broken");
                })
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1))
                .awaitFailure(PATIENCE)
                .assertFailedWith(AccessRefusedException.class);

        good.assertNotTerminated();
        permitted.set(false);
        good.awaitFailure(PATIENCE);
    }
}
