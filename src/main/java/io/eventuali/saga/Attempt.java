package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.StreamEvent;
import io.opentelemetry.api.trace.Span;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One attempt of an action or a compensation on its worker thread. It answers once, in time or by its timeout; what comes after
 * that is told as late.
 */
final class Attempt {
    private final SagaCode<?> code;
    private final SagaState state;
    private final StepState step;
    private final Optional<StreamEvent> received;
    private final Span span;
    private final StepContext context;
    private final Consumer<ActionResult> answer;
    private final long begun = System.nanoTime();
    private ScheduledFuture<?> timeout;
    private Thread thread;
    private boolean answered;

    /**
     * @param state not changed by anybody any more
     * @param span of this attempt, which is ended here
     * @param answer hears of the answer in time, and of a late one after it
     */
    Attempt(
            SagaCode<?> code,
            SagaState state,
            StepState step,
            Optional<StreamEvent> received,
            Span span,
            Consumer<ActionResult> answer) {
        this.code = code;
        this.state = state;
        this.step = step;
        this.received = received;
        this.span = span;
        this.answer = answer;
        this.context = new StepContext(state, step.name, step.attempt(), step.compensationRunning, span);
    }

    void begin(SagaWorkers workers) {
        synchronized (this) {
            timeout = workers.alarm(code.timeoutMs(step), this::giveUp);
        }
        workers.act(this::run);
    }

    private void run() {
        synchronized (this) {
            thread = Thread.currentThread();
        }
        context.makeCurrent();
        if (span.getSpanContext().isValid()) {
            // Never left: the Vert.x context that it is kept in is of this attempt alone, and what a Uni does later on
            // it belongs to the span as well.
            span.makeCurrent();
        }
        try {
            code.run(state, step, received, context)
                    .subscribe()
                    .with(after -> answer(after, null), failure -> answer(null, ActionFailure.of(failure)));
        } catch (Exception | LinkageError | AssertionError thrown) {
            answer(null, ActionFailure.of(thrown));
        } finally {
            synchronized (this) {
                thread = null;
                // Not to be felt by the next work of this thread.
                Thread.interrupted();
            }
        }
    }

    private void answer(JsonNode after, ActionFailure failure) {
        synchronized (this) {
            answered = true;
            timeout.cancel(false);
        }
        answer.accept(result(after == null ? state.data() : after, failure));
    }

    private void giveUp() {
        synchronized (this) {
            if (answered) {
                return;
            }
            answered = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
        answer.accept(result(
                state.data(),
                ActionFailure.unknown("Timeout", "no answer within %d ms".formatted(code.timeoutMs(step)))));
    }

    private ActionResult result(JsonNode after, ActionFailure failure) {
        StepTrace.end(span, failure);
        return new ActionResult(
                step.name,
                step.attempt(),
                step.compensationRunning,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
                state.data(),
                after,
                failure == null ? context.appends() : List.of(),
                failure);
    }
}
