package io.eventuali.saga;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.event.Names;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.saga.SagaEvent.AwaitedEventReceived;
import io.eventuali.saga.SagaEvent.StepStarted;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.LogPage;
import io.eventuali.task.Tasks;
import io.eventuali.tracing.TraceContext;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Reads the log for the sagas of one type, with a checkpoint: makes their rows of their events, starts those that events start,
 * and tells those that wait of the events that come. One replica does it at a time; what a former one still writes changes
 * nothing, since each write is for its epoch.
 */
final class SagaIntake {
    private static final Logger LOG = Logger.getLogger(SagaIntake.class);
    private static final long UNKNOWN = -1;
    /** Between two transactions: events that come meanwhile share one. Nobody waits for them but lists. */
    private static final Duration PACE = Duration.ofMillis(20);

    private static final Duration IDLE_CHECKPOINT = Duration.ofSeconds(5);
    private static final int REMEMBERED = 10_000;
    private static final int AT_ONCE = 32;

    private final String type;
    private final String streamType;
    private final long epoch;
    private final SagaTable.Reader reader;
    private final SagaSurroundings around;
    private final SagaTable table;
    private final LogFollower log;
    private final StartRules rules;
    /** Position after which an event of a type starts sagas. */
    private volatile Map<String, Long> startsSince = Map.of();

    private final Cache<String, SagaState> states =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();
    private final Tasks tasks;
    private volatile Cancellable loop = () -> {};
    private volatile long position = UNKNOWN;
    private long stored;
    private long storedNanos;

    SagaIntake(StartRules rules, long epoch, SagaSurroundings around, SagaTable table, LogFollower log, Tasks tasks) {
        this.rules = rules;
        this.type = rules.type();
        this.streamType = ReservedStreams.SAGA + type;
        this.epoch = epoch;
        this.reader = new SagaTable.Reader(epoch, table.log());
        this.around = around;
        this.table = table;
        this.log = log;
        this.tasks = tasks;
    }

    void start() {
        loop = tasks.keep("saga-intake", type, () -> table.adopt(type, reader)
                .onItem()
                .transformToMulti(position -> read(position.orElseThrow(this::fenced))));
    }

    /** Forgets what other code than this starts sagas on. */
    Uni<Void> forgetOtherStarts() {
        return rules.forgetOthers(table, epoch);
    }

    void stop() {
        loop.cancel();
    }

    /** Up to where it has read the log; empty before it knows. */
    OptionalLong position() {
        long here = position;
        return here == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(here);
    }

    private Multi<Long> read(long from) {
        position = from;
        stored = from;
        storedNanos = System.nanoTime();
        // A former reader may have written that an event came, and told nobody.
        return rules.adopt(table, epoch)
                .invoke(since -> startsSince = since)
                .chain(() -> table.matches(type))
                .chain(this::deliver)
                .onItem()
                .transformToMulti(
                        told -> log.follow(from, PACE).onItem().transformToUniAndConcatenate(page -> Uni.createFrom()
                                .item(page)
                                .emitOn(around.workers())
                                .chain(this::take)
                                .replaceWith(page.last())
                                .invoke(last -> position = last)));
    }

    private Uni<Void> take(LogPage page) {
        Map<String, List<StreamEvent>> ours = new LinkedHashMap<>();
        List<SagaRow.Start> starts = new ArrayList<>();
        Map<String, StartRequest> requests = new LinkedHashMap<>();
        List<SagaRow.Signal> signals = new ArrayList<>();
        for (StreamEvent event : page.events()) {
            if (event.aggregateType().equals(streamType)) {
                ours.computeIfAbsent(event.aggregateId(), id -> new ArrayList<>())
                        .add(event);
            } else if (!ReservedStreams.contains(event.aggregateType())) {
                start(event, starts, requests);
                signal(event, signals);
            }
        }
        boolean nothing = ours.isEmpty() && starts.isEmpty() && signals.isEmpty();
        if (nothing && System.nanoTime() - storedNanos < IDLE_CHECKPOINT.toNanos()) {
            return Uni.createFrom().voidItem();
        }
        return follow(ours).chain(awaiting -> advance(page.last(), signals, starts)
                .chain(started -> begin(requests, started))
                .chain(() -> tell(awaiting, signals)));
    }

    private void start(StreamEvent event, List<SagaRow.Start> starts, Map<String, StartRequest> requests) {
        SagaCode<?> code = around.registry().newest(type).orElseThrow();
        if (!code.startsOn(event) || !StartRules.count(startsSince, event)) {
            return;
        }
        // The same event starts the same saga, however often it is read.
        String sagaId = UUID.nameUUIDFromBytes((type + "/" + event.eventId()).getBytes(StandardCharsets.UTF_8))
                .toString();
        try {
            String key = Names.check("businessKey", code.businessKey(event));
            code.started(event, key).ifPresent(started -> {
                StartRequest request = new StartRequest(
                        started,
                        SagaJson.text(event.metadata(), "correlationId")
                                .orElse(event.eventId().toString()),
                        event.eventId().toString(),
                        TraceContext.in(event.metadata()));
                requests.put(sagaId, request);
                starts.add(new SagaRow.Start(
                        sagaId,
                        Partition.number(sagaId),
                        started.version(),
                        key,
                        started.after(),
                        SagaJson.write(request)));
            });
        } catch (RuntimeException unreadable) {
            around.meters().unreadable(type);
            LOG.warnf(
                    "event starts no saga type=%s position=%d eventType=%s: %s",
                    type, event.globalPosition(), event.eventType(), unreadable.getMessage());
        }
    }

    private void signal(StreamEvent event, List<SagaRow.Signal> signals) {
        for (SagaCode<?> code : around.registry().versions(type)) {
            for (SagaStep<?> step : code.awaiting(event.eventType())) {
                try {
                    String key = step.awaited().orElseThrow().key(event);
                    if (key != null) {
                        signals.add(new SagaRow.Signal(step.name(), key, event.globalPosition()));
                    }
                } catch (RuntimeException unreadable) {
                    around.meters().unreadable(type);
                    LOG.warnf(
                            "event reaches no saga type=%s position=%d step=%s: %s",
                            type, event.globalPosition(), step.name(), unreadable.getMessage());
                }
            }
        }
    }

    /** Makes the rows. Returns the sagas that wait for an event since one of these events. */
    private Uni<Set<String>> follow(Map<String, List<StreamEvent>> ours) {
        if (ours.isEmpty()) {
            return Uni.createFrom().item(Set.of());
        }
        return Multi.createFrom()
                .iterable(ours.entrySet())
                .onItem()
                .transformToUni(entry -> state(entry.getKey(), entry.getValue()))
                .merge(AT_ONCE)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .asList()
                .chain(found -> {
                    List<SagaRow.Await> awaited = new ArrayList<>();
                    List<SagaRow.Await> over = new ArrayList<>();
                    for (SagaState saga : found) {
                        awaits(saga, ours.get(saga.sagaId()), awaited, over);
                    }
                    return table.follow(
                                    type,
                                    reader,
                                    found.stream().map(SagaRow::of).toList(),
                                    over,
                                    awaited)
                            .map(this::orFenced)
                            .map(done ->
                                    awaited.stream().map(SagaRow.Await::sagaId).collect(Collectors.toSet()));
                });
    }

    private static void awaits(
            SagaState saga, List<StreamEvent> events, List<SagaRow.Await> awaited, List<SagaRow.Await> over) {
        boolean mayWait = saga.status() == SagaStatus.IN_PROGRESS;
        for (StepState step : saga.steps()) {
            if (step.awaitedType == null) {
                continue;
            }
            if (mayWait && step.isAwaiting()) {
                if (events.stream().anyMatch(event -> event.eventType().equals(StepStarted.class.getSimpleName()))) {
                    awaited.add(new SagaRow.Await(saga.sagaId(), step.name, step.awaitedKey, saga.awaitAfter(step)));
                }
            } else {
                over.add(new SagaRow.Await(saga.sagaId(), step.name, null, 0));
            }
        }
    }

    /** A saga after these events; empty if its stream has none that begins one. */
    private Uni<Optional<SagaState>> state(String sagaId, List<StreamEvent> events) {
        SagaState known = states.getIfPresent(sagaId);
        StreamEvent first = events.get(0);
        SagaState start = known == null && first.streamPosition() == 1 ? new SagaState(type, sagaId) : known;
        if (start != null && start.position() + 1 == first.streamPosition()) {
            int before = start.ignored();
            events.forEach(start::apply);
            ignored(start, start.ignored() - before);
            return Uni.createFrom()
                    .item(Optional.of(start).filter(SagaState::isStarted).map(this::keep));
        }
        return around.log()
                .load(type, sagaId)
                .map(found -> found.map(saga -> {
                    ignored(saga, saga.ignored());
                    return keep(saga);
                }));
    }

    private SagaState keep(SagaState saga) {
        saga.forgetData();
        if (saga.status().isFinal()) {
            states.invalidate(saga.sagaId());
        } else {
            states.put(saga.sagaId(), saga);
        }
        return saga;
    }

    private void ignored(SagaState saga, int count) {
        if (count > 0) {
            around.meters().unreadable(type);
            LOG.warnf(
                    "stream %s has events that the engine did not write; they change nothing events=%d",
                    saga.stream(), count);
        }
    }

    private Uni<List<String>> advance(long position, List<SagaRow.Signal> signals, List<SagaRow.Start> starts) {
        return table.advance(type, reader, stored, position, signals, starts).map(started -> {
            List<String> ids = started.orElseThrow(this::fenced);
            storedNanos = System.nanoTime();
            stored = position;
            return ids;
        });
    }

    private Uni<Void> begin(Map<String, StartRequest> requests, List<String> started) {
        return Multi.createFrom()
                .iterable(started)
                .onItem()
                .transformToUni(sagaId -> around.log()
                        .begin(type, sagaId, requests.get(sagaId))
                        // Its row says that it has not begun; whoever owns it does it then.
                        .onFailure()
                        .recoverWithItem(false))
                .merge(AT_ONCE)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> tell(Set<String> awaiting, List<SagaRow.Signal> signals) {
        Uni<List<SagaTable.Match>> earlier =
                awaiting.isEmpty() ? Uni.createFrom().item(List.of()) : table.matchesOf(type, awaiting);
        return earlier.chain(this::deliver)
                .chain(() -> signals.isEmpty()
                        ? Uni.createFrom().item(List.<SagaTable.Match>of())
                        : table.matches(type, signals))
                .chain(this::deliver);
    }

    private Uni<Void> deliver(List<SagaTable.Match> matches) {
        return Multi.createFrom()
                .iterable(matches)
                .onItem()
                .transformToUni(this::deliver)
                .merge(AT_ONCE)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> deliver(SagaTable.Match match) {
        return around.log()
                .load(type, match.sagaId())
                .chain(found -> {
                    boolean waits = found.isPresent()
                            && found.get().status() == SagaStatus.IN_PROGRESS
                            && found.get().steps().stream()
                                    .anyMatch(step -> step.name.equals(match.step()) && step.isAwaiting());
                    if (!waits) {
                        return Uni.createFrom().voidItem();
                    }
                    return around.log().event(match.position()).chain(event -> around.log()
                            .append(around.log()
                                    .prepare(
                                            found.get(),
                                            List.of(new AwaitedEventReceived(
                                                    match.step(),
                                                    match.position(),
                                                    event.eventId().toString())),
                                            List.of())));
                })
                .onFailure(VersionConflict.class)
                .recoverWithUni(() -> deliver(match));
    }

    private boolean orFenced(boolean written) {
        if (!written) {
            throw fenced();
        }
        return true;
    }

    private IllegalStateException fenced() {
        return new IllegalStateException(
                "another replica reads the log for the sagas " + type + " now, or it is another log");
    }
}
