package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogDamage;
import io.eventuali.store.engine.EngineLog;
import io.eventuali.task.Failure;
import io.eventuali.task.Task;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Runs one partition of a projection for as long as this replica owns it: one step after the other, each of them a batch, a look at what
 * operators asked, or a sleep. The documents and the checkpoint are all that it leaves behind, so it can be cancelled anywhere.
 */
final class ProjectionRunner<S> {
    private static final Logger LOG = Logger.getLogger(ProjectionRunner.class);
    private static final Duration SLEEP = Duration.ofSeconds(1);
    private static final long UNKNOWN = -1;

    private final Projection<S> projection;
    private final Partition partition;
    private final Documents<S> documents;
    private final Optional<TableTransaction> tables;
    private final EventStore store;
    private final EngineLog log;
    private final LogPages pages;
    private final HandledPages handled;
    private final LongSupplier head;
    private final ProjectionConfig.Settings settings;
    private final ProjectionMeters.OfOne meters;
    private final RunnerListener listener;
    private final ProjectionTrace trace;
    private final Executor workers;
    private final Progress progress = new Progress();
    private final WakeUp wakeUp = new WakeUp();
    private final HandlerThread handlers;
    private final Fold<S> fold;
    private final PoisonPolicy policy;
    private final Task task;
    private Set<String> parkedKeys = new HashSet<>();
    private long deadLetters;
    private int outages;
    private volatile long position = UNKNOWN;
    private volatile boolean halted;
    private volatile boolean requests;
    private volatile boolean serving;
    private volatile boolean doubted;
    private volatile Failure trouble;

    ProjectionRunner(
            Projection<S> projection,
            Partition partition,
            Documents<S> documents,
            Optional<TableTransaction> tables,
            ProjectionSurroundings surroundings,
            ProjectionConfig.Settings settings,
            ProjectionMeters.OfOne meters,
            RunnerListener listener,
            Task task) {
        this.projection = projection;
        this.task = task;
        this.partition = partition;
        this.documents = documents;
        this.tables = tables;
        this.store = surroundings.store();
        this.log = surroundings.log();
        this.pages = surroundings.pages();
        this.handled = new HandledPages(projection, surroundings.pages(), surroundings.engine());
        this.head = surroundings.head();
        this.settings = settings;
        this.meters = meters;
        this.listener = listener;
        this.trace = new ProjectionTrace(surroundings.tracing(), projection.name(), partition);
        this.workers = surroundings.workers();
        this.handlers = new HandlerThread(surroundings.workers(), settings.handlerTimeout(), progress);
        this.fold = new Fold<>(
                projection,
                partition,
                surroundings.json(),
                settings.handlerTimeout(),
                settings.stateBytes().asLongValue(),
                progress);
        this.policy = projection.isInMemory() || tables.isPresent()
                ? PoisonPolicy.STOP
                : settings.onPoison().orElse(projection.poisonPolicy());
    }

    /** Runs until cancelled. The Uni fails with {@link OwnershipLostException} when another owner is found. */
    Uni<Void> run() {
        return Multi.createBy()
                .repeating()
                .uni(() -> Uni.createFrom()
                        .deferred(this::step)
                        .onFailure(CheckpointMovedException.class)
                        .recoverWithUni(this::lookAgain)
                        .onFailure(failure -> !(failure instanceof OwnershipLostException))
                        .recoverWithUni(this::waitForDatabase))
                .indefinitely()
                .onItem()
                .ignoreAsUni();
    }

    /** The log has grown, or an operator did something: do not wait any longer. */
    void wake() {
        wakeUp.ring();
    }

    /** What the database says about this projection. */
    void control(ProjectionRow row) {
        boolean wasHalted = halted;
        halted = row.isHalted();
        requests = row.requests();
        // The owner of another partition may have made it so.
        serving |= row.serving();
        fold.replayUntil(row.replayUntil());
        if (requests || wasHalted != halted) {
            wake();
        }
    }

    /** Goes on, for a projection of which the database knows nothing. */
    void resume() {
        halted = false;
        wake();
    }

    /** Has it ask whether its documents are still there. */
    void doubt() {
        doubted = true;
        wake();
    }

    /** Whether readers see the documents; else they are being built. */
    boolean serves() {
        return serving;
    }

    /** Gives up on a handler that does not answer. To be called now and then. */
    void watch() {
        handlers.watch();
    }

    /** The checkpoint, 0 before it is known. */
    long position() {
        return Math.max(0, position);
    }

    private Uni<Void> step() {
        if (position == UNKNOWN || doubted) {
            doubted = false;
            return documents.open().invoke(this::opened).replaceWithVoid();
        }
        // The last page is gone over in the usual way, each time with a try to serve it.
        Uni<Void> step = serving || halted || position < head.getAsLong() - LogPages.EVENTS
                ? goOn()
                : documents.promote().chain(since -> since.isPresent() ? served(since.get()) : goOn());
        // Not before: finding the checkpoint says little about writing it.
        return step.invoke(this::worked);
    }

    private void worked() {
        outages = 0;
        trouble = null;
        task.worked();
    }

    /** Why the last step failed, until one does not. */
    Optional<Failure> trouble() {
        return Optional.ofNullable(trouble);
    }

    private Uni<Void> served(ServedFrom since) {
        serving = true;
        fold.replayUntil(since.replayUntil());
        if (since.now()) {
            LOG.infof("projection serves what it built projection=%s position=%d", projection.name(), position);
            listener.served(position);
        }
        return Uni.createFrom().voidItem();
    }

    private Uni<Void> goOn() {
        if (requests) {
            return settle();
        }
        if (halted || position >= head.getAsLong()) {
            // Whoever wakes it has other things to do.
            return wakeUp.sleep(SLEEP).emitOn(workers);
        }
        return advance();
    }

    private void opened(Checkpoint checkpoint) {
        parkedKeys = new HashSet<>(checkpoint.parkedKeys());
        deadLetters = checkpoint.deadLetters();
        halted = checkpoint.halted();
        serving = checkpoint.serving();
        fold.replayUntil(checkpoint.replayUntil());
        position = checkpoint.position();
        if (outages > 0) {
            return;
        }
        listener.started(position);
        LOG.infof(
                "projection runs projection=%s partition=%s position=%d halted=%s serving=%s",
                projection.name(), partition, position, halted, serving);
    }

    private Uni<Void> lookAgain(Throwable moved) {
        LOG.infof("projection finds its checkpoint moved %s", moved.getMessage());
        meters.fenced();
        position = UNKNOWN;
        documents.forget();
        return Uni.createFrom().voidItem();
    }

    /** Whether the last commit took place is not known then, so the next step asks where it stands. */
    private Uni<Void> waitForDatabase(Throwable failure) {
        outages++;
        trouble = Failure.of(failure);
        task.failed(failure);
        position = UNKNOWN;
        documents.forget();
        // It may come back with another log.
        pages.clear();
        long millis = settings.retry().delay().toMillis() << Math.min(outages, 10);
        return wait(
                Duration.ofMillis(Math.min(millis, settings.retry().maxDelay().toMillis())));
    }

    private static Uni<Void> wait(Duration duration) {
        // A timer takes a millisecond at least.
        return duration.toMillis() < 1
                ? Uni.createFrom().voidItem()
                : Uni.createFrom().voidItem().onItem().delayIt().by(duration);
    }

    private Uni<Void> advance() {
        long started = System.nanoTime();
        return batch(Long.MAX_VALUE, false)
                .onFailure(HandlerFailure.class)
                .recoverWithUni(this::isolate)
                .onFailure(LogDamaged.class)
                .recoverWithUni(this::passOver)
                .chain(() -> {
                    long took = System.nanoTime() - started;
                    meters.took(took);
                    // At the head, what comes within the interval shares a transaction. But what is built is best
                    // served right after a commit, before the documents that are served go on.
                    return !serving || position < head.getAsLong() - LogPages.EVENTS
                            ? Uni.createFrom().voidItem()
                            : wait(settings.checkpointInterval().minusNanos(took));
                });
    }

    /**
     * Reads and folds page after page, until the head of the log is reached or the transaction is large or old enough, and
     * commits once.
     *
     * @param ceiling the last position that may be part of it
     * @param single whether to find out exactly on which event a document breaks its limits
     */
    private Uni<Void> batch(long ceiling, boolean single) {
        trace.begin();
        return tables.isPresent() ? transaction(tables.get(), ceiling) : documents(ceiling, single);
    }

    /** One page is one transaction, for a projection that writes its own tables. */
    private Uni<Void> transaction(TableTransaction transaction, long ceiling) {
        long from = position;
        return handled.after(from, head.getAsLong())
                .map(read -> read.cut(ceiling, settings.batchEvents()))
                .chain(read -> handlers.run(() -> fold.select(read.events())).chain(selected -> {
                    trace.handling(selected);
                    return transaction
                            .run(from, read.to(), read.at(), selected, fold)
                            .invoke(() -> moved(read.to(), selected.size(), 0));
                }));
    }

    /** Goes on behind damage, if an operator has said so. */
    private Uni<Void> passOver(LogDamaged damaged) {
        LogDamage damage = damaged.damage();
        return log.skippedUpTo(damage)
                .chain(skipped -> skipped.isPresent()
                        ? passOverTo(skipped.getAsLong())
                        : Uni.createFrom().failure(damaged));
    }

    private Uni<Void> passOverTo(long last) {
        LOG.warnf(
                "projection passes over damage projection=%s partition=%s first=%d last=%d",
                projection.name(), partition, position + 1, last);
        return tables.isPresent()
                ? tables.get().run(position, last, null, List.of(), fold).invoke(() -> moved(last, 0, 0))
                : commit(new Batch<>(position, last, null, 0, List.of(), List.of(), List.of()));
    }

    private Uni<Void> documents(long ceiling, boolean single) {
        Folded<S> folded = new Folded<>(position);
        long deadline = System.nanoTime() + settings.batchTime().toNanos();
        return Multi.createBy()
                .repeating()
                .uni(() -> page(folded, ceiling, single, deadline)
                        .replaceWith(true)
                        // What comes before damage is committed; the next step begins at it.
                        .onFailure(failure -> failure instanceof LogDamaged && folded.to() > position)
                        .recoverWithItem(false))
                .whilst(goesOn -> goesOn && hasRoom(folded, ceiling, deadline))
                .onItem()
                .ignoreAsUni()
                .invoke(() -> checkRoom(folded))
                .chain(() -> handlers.run(() -> fold.encoded(folded)))
                .chain(done -> commit(done.batch()));
    }

    private boolean hasRoom(Folded<S> folded, long ceiling, long deadline) {
        return folded.to() < Math.min(ceiling, head.getAsLong())
                && folded.events() < settings.batchEvents()
                && folded.characters() < settings.cacheBytes().asLongValue()
                && System.nanoTime() < deadline;
    }

    private Uni<ReadEvents> page(Folded<S> folded, long ceiling, boolean single, long deadline) {
        return handled.after(folded.to(), head.getAsLong())
                .map(read -> read.cut(ceiling, settings.batchEvents() - folded.events()))
                .chain(read -> handlers.run(() -> fold.select(read.events())).chain(selected -> {
                    trace.handling(selected);
                    long left = Math.max(0, deadline - System.nanoTime());
                    return applied(folded, selected, parkedKeys, single, left)
                            .map(applied -> applied == selected.size()
                                    ? read
                                    : read.cut(selected.get(applied - 1).position(), Long.MAX_VALUE));
                }))
                .invoke(folded::reached);
    }

    private Uni<Integer> applied(
            Folded<S> folded, List<KeyedEvent> events, Set<String> parked, boolean single, long nanos) {
        if (events.isEmpty()) {
            return Uni.createFrom().item(0);
        }
        Set<String> keys = new HashSet<>();
        for (KeyedEvent event : events) {
            if (folded.document(event.key()) == null) {
                keys.add(event.key());
            }
        }
        keys.removeAll(parked);
        Uni<Map<String, Loaded<S>>> before = keys.isEmpty() ? Uni.createFrom().item(Map.of()) : documents.load(keys);
        return before.chain(loaded -> handlers.run(() -> {
            loaded.values().forEach(document -> folded.loaded(document.characters()));
            return fold.apply(folded, events, loaded, parked, single, nanos);
        }));
    }

    /** Followers of a dead letter are bounded, too: beyond that, it is the projection that needs somebody to look at it. */
    private void checkRoom(Folded<S> result) {
        if (!result.parked().isEmpty() && deadLetters + result.parked().size() > settings.maxDeadLetters()) {
            ParkedEvent first = result.parked().get(0);
            throw new HandlerFailure(first.position(), "dead letter", "too-many-dead-letters", tooMany());
        }
    }

    private String tooMany() {
        return "there are %d dead letters, of %d that may be".formatted(deadLetters, settings.maxDeadLetters());
    }

    private Uni<Void> commit(Batch<S> batch) {
        return documents
                .commit(batch)
                .onFailure(StatementRefusedException.class)
                .transform(refused -> HandlerFailure.somewhere(batch.from(), batch.to(), refused))
                .invoke(() -> {
                    batch.parked().forEach(event -> parkedKeys.add(event.key()));
                    deadLetters += batch.parked().size() - batch.settled().size();
                    moved(batch.to(), batch.handled(), batch.parked().size());
                });
    }

    private void moved(long to, int handled, int parked) {
        trace.committed(position, to, handled);
        position = to;
        meters.committed(handled, parked);
        listener.advanced(to);
    }

    /** Commits what is before the event that failed; if that is nothing, tries the event again, alone. */
    private Uni<Void> isolate(HandlerFailure failure) {
        meters.failed();
        documents.forget();
        if (failure.position() > position + 1) {
            return batch(failure.position() - 1, true)
                    .onFailure(HandlerFailure.class)
                    .recoverWithUni(this::isolate);
        }
        ProjectionConfig.Retry retry = settings.retry();
        if (retry.attempts() < 1) {
            return giveUp(failure);
        }
        Uni<Void> again = Uni.createFrom()
                .deferred(() -> batch(failure.position(), true))
                .onFailure(HandlerFailure.class)
                .invoke(() -> {
                    meters.failed();
                    documents.forget();
                });
        Uni<Void> attempts = retry.attempts() == 1
                ? again
                : again.onFailure(HandlerFailure.class)
                        .retry()
                        .withBackOff(retry.delay().multipliedBy(2), retry.maxDelay())
                        .atMost(retry.attempts() - 1L);
        return wait(retry.delay())
                .chain(() -> attempts)
                .onFailure(HandlerFailure.class)
                .recoverWithUni(this::giveUp);
    }

    private Uni<Void> giveUp(HandlerFailure failure) {
        if (policy == PoisonPolicy.PARK && !failure.isOfDocument() && deadLetters < settings.maxDeadLetters()) {
            return pages.after(position, head.getAsLong()).chain(events -> park(events.get(0), failure));
        }
        LOG.errorf(
                failure.getCause(),
                "projection stops projection=%s position=%d: %s",
                projection.name(),
                failure.position(),
                failure.getMessage());
        return documents.halt(failure).invoke(() -> {
            halted = true;
            listener.stopped(failure);
        });
    }

    private Uni<Void> park(StreamEvent event, HandlerFailure failure) {
        LOG.warnf(
                failure.getCause(),
                "event parked projection=%s position=%d: %s",
                projection.name(),
                event.globalPosition(),
                failure.getMessage());
        ParkedEvent parked = new ParkedEvent(
                event.globalPosition(),
                keyOf(event),
                failure.reason(),
                settings.retry().attempts() + 1);
        return commit(new Batch<>(
                position, event.globalPosition(), event.timestamp(), 0, List.of(), List.of(parked), List.of()));
    }

    /** The key function may be what failed. */
    private String keyOf(StreamEvent event) {
        try {
            return fold.select(List.of(event)).get(0).key();
        } catch (HandlerFailure keyless) {
            return event.aggregateId();
        }
    }

    /** Does what operators asked for dead letters, oldest first. */
    private Uni<Void> settle() {
        requests = false;
        return documents
                .requested()
                .onItem()
                .transformToMulti(letters -> Multi.createFrom().iterable(letters))
                .onItem()
                .transformToUniAndConcatenate(letter ->
                        letter.requested().orElse("").equals("retry") ? retryKey(letter.key()) : discard(letter))
                .onItem()
                .ignoreAsUni();
    }

    private Uni<Void> discard(DeadLetter letter) {
        return commit(new Batch<>(position, position, null, 0, List.of(), List.of(), List.of(letter.position())))
                .chain(() -> documents.firstDeadLetter(letter.key()))
                .invoke(next -> {
                    if (next.isEmpty()) {
                        parkedKeys.remove(letter.key());
                    }
                })
                .replaceWithVoid();
    }

    /** Tries the dead letters of a key in their order, until one fails again or none is left. */
    private Uni<Void> retryKey(String key) {
        return Multi.createBy()
                .repeating()
                .uni(() -> documents.firstDeadLetter(key).chain(first -> {
                    if (first.isEmpty()) {
                        parkedKeys.remove(key);
                        return Uni.createFrom().item(false);
                    }
                    return retry(first.get());
                }))
                .whilst(more -> more)
                .onItem()
                .ignoreAsUni();
    }

    private Uni<Boolean> retry(DeadLetter letter) {
        return store.readEvent(letter.position())
                .map(event -> new KeyedEvent(event.orElseThrow(), letter.key()))
                .chain(event -> {
                    Folded<S> folded = new Folded<>(position);
                    return applied(folded, List.of(event), Set.of(), true, Long.MAX_VALUE)
                            .chain(applied -> commit(folded.retried(letter.position())));
                })
                .replaceWith(true)
                .onFailure(HandlerFailure.class)
                .recoverWithUni(failure -> {
                    meters.failed();
                    documents.forget();
                    return documents.failedAgain(letter, failure.reason()).replaceWith(false);
                });
    }
}
