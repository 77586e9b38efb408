package io.eventuali.saga;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.StreamEvent;
import io.eventuali.saga.Decider.Decision;
import io.eventuali.saga.SagaLog.Transition;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventStoreException.EventIdConflict;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.ReservedStreamException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jboss.logging.Logger;

/**
 * A saga while this replica runs it: decides, records, acts, and again. One thread works on it at a time. It ends when there is
 * nothing to do but wait.
 *
 * <p>Every transition expects the stream to be where this run has left it, so of two replicas that believe to run a saga one is
 * refused, reads the stream again and finds what the other has done.
 */
final class SagaRun {
    private static final Logger LOG = Logger.getLogger(SagaRun.class);
    private static final long FIRST_DELAY_MS = 100;
    private static final long LONGEST_DELAY_MS = 5_000;
    private static final long FOREIGN_DELAY_MS = 2_000;

    private final SagaKey key;
    private final Optional<StartRequest> request;
    private final SagaSurroundings around;
    private final Host host;

    // Guarded by this.
    private final Queue<ActionResult> answers = new ArrayDeque<>();
    private boolean busy;
    private boolean ended;
    private boolean abandoned;
    private long heard;

    // Touched by whoever is busy only.
    private SagaState state;
    /** The state that was known last, also while it is being read again. */
    private SagaState last;

    private final Map<String, Integer> running = new HashMap<>();
    private long delay = FIRST_DELAY_MS;

    /** @param request what its first event is to be, if it may have none */
    SagaRun(SagaKey key, Optional<StartRequest> request, SagaSurroundings around, Host host) {
        this.key = key;
        this.request = request;
        this.around = around;
        this.host = host;
    }

    SagaKey key() {
        return key;
    }

    /** Its stream has an event at this position. False if this run has ended. */
    synchronized boolean hear(long position) {
        if (ended) {
            return false;
        }
        heard = Math.max(heard, position);
        poke();
        return true;
    }

    /** An action answered. False if this run has ended. */
    synchronized boolean answer(ActionResult result) {
        if (ended) {
            return false;
        }
        answers.add(result);
        poke();
        return true;
    }

    /** Has it stop: another replica runs it from now on. Actions that run are not heard any more. */
    synchronized void abandon() {
        abandoned = true;
        poke();
    }

    synchronized void poke() {
        if (!busy && !ended) {
            busy = true;
            around.workers().execute(this::turn);
        }
    }

    private void turn() {
        try {
            if (isAbandoned()) {
                end(false);
            } else if (state == null || heard() > state.position()) {
                load();
            } else {
                decide();
            }
        } catch (RuntimeException bug) {
            later(bug);
        }
    }

    private void load() {
        around.log()
                .load(key.type(), key.sagaId())
                .chain(found -> found.isEmpty() && request.isPresent()
                        ? around.log()
                                .begin(key.type(), key.sagaId(), request.get())
                                .chain(() -> around.log().load(key.type(), key.sagaId()))
                        : Uni.createFrom().item(found))
                .emitOn(around.workers())
                .subscribe()
                .with(found -> guarded(() -> loaded(found)), this::later);
    }

    private void loaded(Optional<SagaState> found) {
        if (found.isEmpty()) {
            end(false);
            return;
        }
        delay = FIRST_DELAY_MS;
        SagaState before = last;
        state = found.get();
        last = state;
        // What was heard may have been told by another log, before a restore.
        synchronized (this) {
            heard = Math.min(heard, state.position());
        }
        if (before != null && begunElsewhere(before, state)) {
            // Most likely this replica has lost its lease and is about to be told. Until then it would only disturb the
            // other one.
            around.workers().after(FOREIGN_DELAY_MS, this::turn);
        } else {
            turn();
        }
    }

    private static boolean begunElsewhere(SagaState before, SagaState now) {
        return now.steps().stream().anyMatch(step -> {
            StepState known = before.step(step.name);
            return step.attempts > known.attempts || step.compensationAttempts > known.compensationAttempts;
        });
    }

    private void decide() {
        Optional<SagaCode<?>> code = around.registry().find(state);
        if (code.isEmpty()) {
            halt();
            return;
        }
        ActionResult answer = firstAnswer();
        Decision decision;
        try {
            decision = code.get().decide(state, answer, around.clock().now(), running.keySet());
        } catch (RuntimeException failure) {
            if (answer == null) {
                throw failure;
            }
            fail(answer, failure);
            return;
        }
        if (decision.events().isEmpty()) {
            act(code.get());
            rest();
            return;
        }
        Transition transition;
        try {
            transition = around.log().prepare(state, decision.events(), decision.appends());
        } catch (InvalidEventException unfit) {
            fail(answer, unfit);
            return;
        }
        append(transition, () -> recorded(code.get(), decision, transition, answer), answer);
    }

    private void append(Transition transition, Runnable then, ActionResult answer) {
        around.log()
                .append(transition)
                .emitOn(around.workers())
                .subscribe()
                .with(
                        done -> guarded(() -> {
                            delay = FIRST_DELAY_MS;
                            then.run();
                        }),
                        failure -> guarded(() -> refused(failure, transition, then, answer)));
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException bug) {
            later(bug);
        }
    }

    private void recorded(SagaCode<?> code, Decision decision, Transition transition, ActionResult answer) {
        if (answer != null) {
            settle(answer);
        }
        state = decision.next();
        last = state;
        state.lastEventId(transition.lastEventId());
        decision.events().forEach(event -> {
            if (event instanceof SagaEvent.LateResultIgnored) {
                around.meters().late(key.type());
            }
        });
        boolean changed = state.status() != decision.before();
        if (changed && (state.status().isFinal() || state.status() == SagaStatus.COMPENSATION_FAILED)) {
            around.meters().ended(key.type(), state.status());
        }
        act(code);
        turn();
    }

    private void refused(Throwable failure, Transition transition, Runnable then, ActionResult answer) {
        boolean elsewhere = failure instanceof VersionConflict conflict
                && !conflict.stream().equals(state.stream());
        if (elsewhere
                || failure instanceof EventIdConflict
                || failure instanceof InvalidEventException
                || failure instanceof EventTooLargeException
                || failure instanceof ReservedStreamException
                || failure instanceof EventStoreException.Unwritable) {
            fail(answer, failure);
        } else if (failure instanceof VersionConflict) {
            around.meters().fenced(key.type());
            LOG.debugf("%s: %s", key, failure.getMessage());
            // Somebody else made a transition: what this one has begun counts only if the stream still says so.
            state = null;
            turn();
        } else if (failure instanceof EventStoreException) {
            // The same request again, so that it counts once, whatever became of it.
            around.workers()
                    .after(
                            nextDelay(),
                            () -> guarded(() -> {
                                if (isAbandoned()) {
                                    end(false);
                                } else {
                                    append(transition, then, answer);
                                }
                            }));
        } else {
            later(failure);
        }
    }

    /** What an action made cannot be recorded. It has run, so it may have had an effect. */
    private void fail(ActionResult answer, Throwable failure) {
        if (answer == null || answer.failure() != null) {
            later(failure);
            return;
        }
        synchronized (this) {
            answers.remove(answer);
            answers.add(answer.failed(
                    ActionFailure.unknown(failure.getClass().getName(), String.valueOf(failure.getMessage()))));
        }
        turn();
    }

    private void halt() {
        running.clear();
        String reason = around.registry().missing(state);
        if (state.halted().isPresent() || state.status().isFinal()) {
            end(true);
            return;
        }
        LOG.warnf("saga halted type=%s sagaId=%s: %s", key.type(), key.sagaId(), reason);
        SagaState next = state.copy();
        SagaEvent.SagaHalted halted = new SagaEvent.SagaHalted(reason);
        next.apply(halted, around.clock().now());
        Transition transition = around.log().prepare(state, List.of(halted), List.of());
        append(
                transition,
                () -> {
                    state = next;
                    end(true);
                },
                null);
    }

    private void act(SagaCode<?> code) {
        Decider.toRun(state).filter(step -> !running.containsKey(step.name)).forEach(step -> {
            running.put(step.name, step.compensationRunning ? -step.compensationAttempts : step.attempts);
            begin(code, state.copy(), step.copy());
        });
    }

    private void begin(SagaCode<?> code, SagaState seen, StepState step) {
        if (step.awaitedType == null || step.compensationRunning) {
            attempt(code, seen, step, Optional.empty());
            return;
        }
        around.log()
                .event(step.receivedPosition)
                .onFailure()
                .retry()
                .withBackOff(Duration.ofMillis(FIRST_DELAY_MS), Duration.ofMillis(LONGEST_DELAY_MS))
                .until(failure -> !isAbandoned())
                .subscribe()
                .with(
                        event -> attempt(code, seen, step, Optional.of(event)),
                        failure -> LOG.debugf("%s: %s", key, failure.getMessage()));
    }

    private void attempt(SagaCode<?> code, SagaState seen, StepState step, Optional<StreamEvent> received) {
        new Attempt(code, seen, step, received, around.trace().begin(seen, step), this::answered)
                .begin(around.workers());
    }

    private void answered(ActionResult result) {
        around.meters().attempt(key.type(), result);
        if (!answer(result)) {
            host.late(key, result);
        }
    }

    private void settle(ActionResult answer) {
        synchronized (this) {
            answers.remove(answer);
        }
        running.remove(answer.step(), answer.compensation() ? -answer.attempt() : answer.attempt());
    }

    private void later(Throwable failure) {
        if (isAbandoned()) {
            end(false);
            return;
        }
        long wait = nextDelay();
        if (failure instanceof EventStoreException) {
            LOG.debugf("%s: %s", key, failure.getMessage());
        } else {
            LOG.errorf(failure, "saga cannot go on, trying again in %d ms: %s", wait, key);
        }
        state = null;
        around.workers().after(wait, this::turn);
    }

    private long nextDelay() {
        long now = delay;
        delay = Math.min(LONGEST_DELAY_MS, delay * 2);
        return now;
    }

    private void rest() {
        boolean more;
        boolean done = false;
        synchronized (this) {
            more = abandoned || !answers.isEmpty() || heard > state.position();
            if (!more) {
                busy = false;
                done = running.isEmpty();
                ended = done;
            }
        }
        if (more) {
            around.workers().execute(this::turn);
        } else if (done) {
            host.ended(this, state.position(), false);
        }
    }

    private void end(boolean halted) {
        synchronized (this) {
            ended = true;
        }
        host.ended(this, state == null ? 0 : state.position(), halted);
    }

    private synchronized boolean isAbandoned() {
        return abandoned;
    }

    private synchronized long heard() {
        return heard;
    }

    private synchronized ActionResult firstAnswer() {
        return answers.peek();
    }

    /** Who gave it its place. */
    interface Host {
        /** There is nothing to do but wait. */
        void ended(SagaRun run, long position, boolean halted);

        /** An action answered after its saga had left this replica's memory. */
        void late(SagaKey key, ActionResult result);
    }
}
