package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.StreamEvent;
import io.eventuali.support.LogEvents;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.RepeatedTest;

/** A handler that was given up stays given up, whatever it does with the interrupt. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HandlerThreadTest {
    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final Progress progress = new Progress();
    private final HandlerThread handlers = new HandlerThread(workers, Duration.ZERO, progress);

    @AfterEach
    void stop() {
        workers.shutdownNow();
    }

    @RepeatedTest(200)
    void an_answer_to_the_interrupt_is_no_answer_to_the_event() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        StreamEvent event = LogEvents.at(7, "Order", "order-1", "OrderPlaced");
        CompletableFuture<String> answer = handlers.run(() -> {
                    progress.reached(new KeyedEvent(event, "key"));
                    called.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    return "done";
                })
                .subscribeAsCompletionStage();
        called.await();

        // Until some time has passed since the handler was called.
        while (!answer.isDone()) {
            handlers.watch();
        }

        assertThatThrownBy(answer::get).hasMessageContaining("did not answer within");
        assertThat(workers.submit(() -> Thread.currentThread().isInterrupted()).get())
                .as("the thread is as good as new")
                .isFalse();
    }
}
