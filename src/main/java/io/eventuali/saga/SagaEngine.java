package io.eventuali.saga;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.Replacement;
import io.eventuali.ownership.Lease;
import io.eventuali.ownership.LeaseKeeper;
import io.eventuali.ownership.LeaseListener;
import io.eventuali.store.EventStore;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Runs the sagas of the partitions that this replica owns, so many at a time. It hears of new ones and of what others did to one
 * through the log, and looks into the table for what is due: timers, sagas that another replica left behind, and those that
 * found no place before.
 */
@Singleton
class SagaEngine implements LeaseListener, SagaRun.Host {
    private static final Logger LOG = Logger.getLogger(SagaEngine.class);
    private static final Duration RESTART = Duration.ofSeconds(1);
    private static final Duration HOUSEKEEPING = Duration.ofSeconds(15);
    private static final int REMEMBERED = 20_000;
    /** How many due rows to read above those that find a place: some are run already, or their row is behind. */
    private static final int SPARE = 64;

    private final SagaRegistry registry;
    private final SagaTable table;
    private final SagaConfig config;
    private final SagaClock clock;
    private final LeaseKeeper leases;
    private final EventStore store;
    private final LogFollower follower;
    private final SagaMeters meters;
    private final SagaSurroundings around;
    private final Tasks tasks;
    private final Map<SagaKey, SagaRun> runs = new ConcurrentHashMap<>();
    /** Partitions that this replica owns, each with the epoch of its lease. */
    private final Map<Partition, Long> owned = new ConcurrentHashMap<>();

    private final Map<String, SagaIntake> intakes = new ConcurrentHashMap<>();
    private final Map<String, StartRules> startRules = new ConcurrentHashMap<>();
    /** Up to where this replica has finished with sagas that it ran lately; their rows may be behind. */
    private final Cache<SagaKey, Long> finished =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();
    /** Sagas that this replica has no code for. */
    private final Cache<SagaKey, Boolean> halted =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();

    private final List<Cancellable> tickers = new CopyOnWriteArrayList<>();
    private final AtomicBoolean polling = new AtomicBoolean();
    /** Set while there is more to run than there are places: then the table decides who is next, not who comes first. */
    private volatile boolean backlog;

    private volatile boolean declared;
    private volatile boolean stopped;
    /** The type that was given a place last by looking into the table. */
    private volatile String served = "";

    private volatile Map<String, Map<SagaStatus, Long>> counts = Map.of();
    private volatile Map<String, Long> stuckCounts = Map.of();
    private volatile Map<String, SagaTable.IntakePlace> intakePlaces = Map.of();

    SagaEngine(
            SagaRegistry registry,
            SagaTable table,
            SagaLog log,
            SagaConfig config,
            SagaClock clock,
            LeaseKeeper leases,
            EventStore store,
            LogFollower follower,
            SagaMeters meters,
            SagaWorkers workers,
            StepTrace trace,
            LogIdentity identity,
            Tasks tasks) {
        this.registry = registry;
        this.table = table;
        this.config = config;
        this.clock = clock;
        this.leases = leases;
        this.store = store;
        this.follower = follower;
        this.meters = meters;
        this.tasks = tasks;
        this.around = new SagaSurroundings(log, registry, clock, meters, workers, trace);
        identity.onForget(this::replaced);
    }

    /** What is known of sagas is of another log. Leases are lost by themselves, and with them the readers of the log. */
    private void replaced(Replacement replacement) {
        runs.values().forEach(run -> {
            replacement.note(
                    "saga",
                    run.key().type() + "/" + run.key().sagaId(),
                    replacement.from().head(),
                    "was run here: what its last steps did is done, whether its stream tells it or not");
            run.abandon();
        });
        finished.invalidateAll();
        halted.invalidateAll();
        intakePlaces = Map.of();
        startRules.replaceAll((type, rules) -> rules.notAfter(replacement.common()));
    }

    /** After the observers of the application, which may prepare what actions need. */
    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER + 1) StartupEvent started) {
        if (registry.types().isEmpty()) {
            return;
        }
        registry.types().forEach(this::register);
        meters.gauge("eventuali.saga.running", "Sagas that this replica runs at the moment", runs::size);
        tickers.add(tasks.keep("saga-news", "", () -> follower.follow(follower.head(), Duration.ZERO)
                .invoke(page -> page.events().forEach(this::heard))));
        List<String> names = registry.types().stream()
                .flatMap(type ->
                        IntStream.range(0, Partition.COUNT).mapToObj(number -> new Partition(type, number).leaseName()))
                .toList();
        tickers.add(tasks.every("saga-types", Rhythm.every(RESTART), () -> declare(names)));
        tickers.add(tasks.every("saga-due", Rhythm.every(config.poll()), this::poll));
        tickers.add(tasks.every("saga-housekeeping", Rhythm.every(HOUSEKEEPING), this::housekeeping));
    }

    /** What happens from now on counts; a log may hold years of events that once started something else. */
    private Uni<Void> declare(List<String> leaseNames) {
        if (declared) {
            return Uni.createFrom().voidItem();
        }
        return store.head()
                .chain(head -> Multi.createFrom()
                        .iterable(registry.types())
                        .onItem()
                        .transformToUniAndConcatenate(type -> declare(type, head.position()))
                        .collect()
                        .last())
                .invoke(() -> {
                    declared = true;
                    leases.keep(leaseNames, this);
                })
                .replaceWithVoid();
    }

    private Uni<Void> declare(String type, long head) {
        StartRules rules =
                new StartRules(type, registry.newest(type).orElseThrow().starts(), head);
        startRules.put(type, rules);
        return table.declare(type, head).chain(() -> rules.declare(table));
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        stopped = true;
        tickers.forEach(Cancellable::cancel);
        intakes.values().forEach(SagaIntake::stop);
        runs.values().forEach(SagaRun::abandon);
    }

    private void heard(StreamEvent event) {
        if (!event.aggregateType().startsWith(ReservedStreams.SAGA)) {
            return;
        }
        String type = event.aggregateType().substring(ReservedStreams.SAGA.length());
        SagaKey key = new SagaKey(type, event.aggregateId());
        if (!isOwned(key)) {
            return;
        }
        SagaRun run = runs.get(key);
        if (run != null && run.hear(event.streamPosition())) {
            return;
        }
        Long known = finished.getIfPresent(key);
        if (known != null && known >= event.streamPosition()) {
            return;
        }
        if (backlog || !admit(key, Optional.empty(), event.streamPosition())) {
            backlog = true;
        }
    }

    /**
     * Runs a saga, unless all places are taken. One call at a time, so that two that see the last place do not both take it.
     *
     * @return whether there was a place
     */
    private synchronized boolean admit(SagaKey key, Optional<StartRequest> request, long position) {
        if (runs.size() >= config.concurrency()) {
            return false;
        }
        if (!stopped) {
            runs.compute(key, (name, run) -> {
                if (run != null && run.hear(position)) {
                    return run;
                }
                SagaRun fresh = new SagaRun(key, request, around, this);
                fresh.poke();
                return fresh;
            });
        }
        return true;
    }

    @Override
    public void ended(SagaRun run, long position, boolean isHalted) {
        finished.put(run.key(), position);
        if (isHalted) {
            halted.put(run.key(), true);
        }
        runs.remove(run.key(), run);
        if (backlog) {
            poll().subscribe().with(done -> {}, failure -> LOG.debugf("looked in vain: %s", failure.getMessage()));
        }
    }

    @Override
    public void late(SagaKey key, ActionResult result) {
        if (!isOwned(key) || stopped) {
            meters.late(key.type());
            return;
        }
        runs.compute(key, (name, run) -> {
            if (run != null && run.answer(result)) {
                return run;
            }
            SagaRun fresh = new SagaRun(key, Optional.empty(), around, this);
            fresh.answer(result);
            return fresh;
        });
    }

    private boolean isOwned(SagaKey key) {
        return owned.containsKey(Partition.of(key.type(), key.sagaId()));
    }

    private Set<Integer> ownedOf(String type) {
        return owned.keySet().stream()
                .filter(partition -> partition.type().equals(type))
                .map(Partition::number)
                .collect(Collectors.toSet());
    }

    /** Looks for what is due, type by type; the one that was given a place last comes last. One look at a time. */
    private Uni<Void> poll() {
        return Uni.createFrom().deferred(() -> {
            List<String> types = owned.keySet().stream()
                    .map(Partition::type)
                    .distinct()
                    .sorted()
                    .collect(Collectors.toList());
            Collections.rotate(types, -1 - types.indexOf(served));
            if (stopped || !polling.compareAndSet(false, true)) {
                return Uni.createFrom().voidItem();
            }
            return Multi.createFrom()
                    .iterable(types)
                    .onItem()
                    .transformToUniAndConcatenate(this::poll)
                    .collect()
                    .asList()
                    .invoke(more -> backlog = more.contains(true))
                    .onTermination()
                    .invoke(() -> polling.set(false))
                    .replaceWithVoid();
        });
    }

    /** Whether there may be more than found a place. */
    private Uni<Boolean> poll(String type) {
        Set<Integer> partitions = ownedOf(type);
        int free = config.concurrency() - runs.size();
        if (partitions.isEmpty() || free <= 0) {
            return Uni.createFrom().item(!partitions.isEmpty());
        }
        int limit = runs.size() + free + SPARE;
        Set<Integer> versions =
                registry.versions(type).stream().map(SagaCode::version).collect(Collectors.toSet());
        return table.due(type, partitions, versions, limit).map(due -> {
            clock.set(due.now());
            due.sagas().forEach(saga -> runIfFree(new SagaKey(type, saga.sagaId()), saga));
            return due.sagas().size() == limit || runs.size() >= config.concurrency();
        });
    }

    private void runIfFree(SagaKey key, SagaTable.DueSagas.Due due) {
        Long known = finished.getIfPresent(key);
        boolean behind = known != null && known > due.position();
        if (isOwned(key)
                && !behind
                && !runs.containsKey(key)
                && halted.getIfPresent(key) == null
                && admit(key, due.request(), due.position())) {
            served = key.type();
        }
    }

    @Override
    public void acquired(Lease lease) {
        Partition partition = Partition.ofLease(lease.name());
        owned.put(partition, lease.epoch());
        if (partition.number() == Partition.INTAKE) {
            SagaIntake intake =
                    new SagaIntake(startRules.get(partition.type()), lease.epoch(), around, table, follower, tasks);
            SagaIntake before = intakes.put(partition.type(), intake);
            if (before != null) {
                before.stop();
            }
            intake.start();
        }
    }

    @Override
    public void lost(Lease lease) {
        Partition partition = Partition.ofLease(lease.name());
        if (!owned.remove(partition, lease.epoch())) {
            // What this replica has is another lease of that name.
            return;
        }
        if (partition.number() == Partition.INTAKE) {
            Optional.ofNullable(intakes.remove(partition.type())).ifPresent(SagaIntake::stop);
        }
        runs.values().stream()
                .filter(run ->
                        Partition.of(run.key().type(), run.key().sagaId()).equals(partition))
                .forEach(SagaRun::abandon);
        finished.asMap().keySet().removeIf(key -> Partition.of(key.type(), key.sagaId())
                .equals(partition));
    }

    private Uni<Void> housekeeping() {
        Set<String> types = new TreeSet<>(registry.types());
        return table.counts(types)
                .invoke(found -> counts = found.stream()
                        .collect(Collectors.groupingBy(
                                SagaTable.StatusCount::type,
                                Collectors.toMap(SagaTable.StatusCount::status, SagaTable.StatusCount::count))))
                .chain(() -> table.stuckCounts(types))
                .invoke(found -> stuckCounts = found.stream()
                        .collect(Collectors.toMap(SagaTable.StatusCount::type, SagaTable.StatusCount::count)))
                .chain(() -> table.intakePlaces(types))
                .invoke(found -> intakePlaces = found)
                .chain(() -> Multi.createFrom()
                        .iterable(List.copyOf(intakes.entrySet()))
                        .onItem()
                        .transformToUniAndConcatenate(intake -> table.forget(intake.getKey(), config.retention())
                                .chain(intake.getValue()::forgetOtherStarts))
                        .collect()
                        .last())
                .replaceWithVoid();
    }

    private void register(String type) {
        for (SagaStatus status : SagaStatus.values()) {
            if (!status.isFinal()) {
                meters.gauge(
                        "eventuali.sagas",
                        "Unfinished sagas by status",
                        () -> counts.getOrDefault(type, Map.of()).getOrDefault(status, 0L),
                        "saga",
                        type,
                        "status",
                        status.wireName());
            }
        }
        meters.gauge(
                "eventuali.saga.stuck",
                "Sagas that wait for an operator, or for code of their version",
                () -> stuckCounts.getOrDefault(type, 0L),
                "saga",
                type);
        meters.gauge(
                "eventuali.saga.owned",
                "Partitions that this replica owns, of " + Partition.COUNT,
                () -> ownedOf(type).size(),
                "saga",
                type);
        meters.gauge(
                "eventuali.saga.lag.events",
                "Events of the log that were not read for sagas yet; where they are read, and everywhere while nobody"
                        + " reads them",
                () -> lag(type),
                "saga",
                type);
    }

    /** Not a number as long as it is not known. */
    private double lag(String type) {
        SagaIntake here = intakes.get(type);
        SagaTable.IntakePlace stored = intakePlaces.get(type);
        if (here != null && here.position().isPresent()) {
            return Math.max(0, follower.head() - here.position().getAsLong());
        }
        if (stored == null) {
            return Double.NaN;
        }
        return here == null && stored.owned() ? 0 : Math.max(0, follower.head() - stored.position());
    }

    /** How many sagas wait for an operator or for code, a moment ago. */
    Map<String, Long> stuckCounts() {
        return stuckCounts;
    }

    /** Unfinished sagas by type and status, a moment ago. */
    Map<String, Map<SagaStatus, Long>> counts() {
        return counts;
    }
}
