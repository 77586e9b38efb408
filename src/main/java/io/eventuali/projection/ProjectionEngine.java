package io.eventuali.projection;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.Replacement;
import io.eventuali.ownership.Lease;
import io.eventuali.ownership.LeaseKeeper;
import io.eventuali.ownership.LeaseListener;
import io.eventuali.projection.HistoryEntry.What;
import io.eventuali.sql.Connections;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStore;
import io.eventuali.store.engine.EngineLog;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.stream.EventStreamer;
import io.eventuali.task.Failure;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.eventuali.tracing.EventTracing;
import io.quarkus.arc.All;
import io.quarkus.arc.ClientProxy;
import io.quarkus.hibernate.orm.PersistenceUnit;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/** Runs the projections that this replica owns, and those that every replica keeps in memory. */
@Singleton
class ProjectionEngine implements LeaseListener {
    private static final Logger LOG = Logger.getLogger(ProjectionEngine.class);
    /** How often to look for those who wait for a projection that another replica runs. */
    private static final Duration WAITER_POLL = Duration.ofMillis(25);

    private static final Duration CONTROL = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, Projection<?>> projections;
    private final Map<String, MemoryDocuments<?>> memory = new ConcurrentHashMap<>();
    private final Map<RunningProjection.Id, RunningProjection> running = new ConcurrentHashMap<>();
    private final Map<String, Owned> owned = new ConcurrentHashMap<>();
    private final Map<String, List<Generation>> generationsThere = new ConcurrentHashMap<>();
    private final PositionWaiter waiter = new PositionWaiter();
    private final ObservedRates rates = new ObservedRates();
    private final ProjectionTable table;
    private final Generations generations;
    private final ProjectionHistory history;
    private final SnapshotTable snapshots;
    private final Instance<Mutiny.SessionFactory> sessions;
    private final Connections connections;
    private final Vertx vertx;
    private final LeaseKeeper leases;
    private final EventStreamer streamer;
    private final ProjectionConfig config;
    private final ProjectionMeters meters;
    private final ProjectionSurroundings surroundings;
    private final Tasks tasks;
    private final List<Cancellable> tickers = new ArrayList<>();
    /** Partitions that this replica may be asked to run, by the names of their leases. */
    private final Map<String, Wanted> byLease = new ConcurrentHashMap<>();
    /** Why there is no generation of a projection to run. */
    private final Map<String, Failure> notBegun = new ConcurrentHashMap<>();
    /** Why nothing could be done for any projection the last time. */
    private volatile Optional<Failure> outOfControl = Optional.empty();

    ProjectionEngine(
            @All List<Projection<?>> beans,
            ProjectionTable table,
            Generations generations,
            ProjectionHistory history,
            SnapshotTable snapshots,
            @PersistenceUnit(Statements.DATA_SOURCE) Instance<Mutiny.SessionFactory> sessions,
            Connections connections,
            Vertx vertx,
            LeaseKeeper leases,
            EventStore store,
            EngineLog log,
            EngineStore engine,
            EventStreamer streamer,
            ObjectMapper mapper,
            EventTracing tracing,
            ProjectionConfig config,
            ProjectionMeters meters,
            LogIdentity identity,
            Tasks tasks) {
        this.projections = byName(beans);
        this.table = table;
        this.generations = generations;
        this.history = history;
        this.snapshots = snapshots;
        this.sessions = sessions;
        this.connections = connections;
        this.vertx = vertx;
        this.leases = leases;
        this.streamer = streamer;
        this.config = config;
        this.meters = meters;
        this.tasks = tasks;
        this.surroundings = new ProjectionSurroundings(
                store,
                log,
                engine,
                new LogPages(store, after -> streamer.newest(after, LogPages.EVENTS)),
                streamer::globalPosition,
                new JsonCodec(mapper),
                tracing,
                Infrastructure.getDefaultExecutor());
        identity.onForget(this::replaced);
    }

    /** Begins anew with what the database has: what was made of another log is in no document that is stored, but in all that are in memory. */
    private void replaced(Replacement replacement) {
        surroundings.pages().clear();
        generationsThere.clear();
        memory.forEach((name, documents) -> {
            replacement.note("projection", name, documents.position(), "rebuilt in memory");
            RunningProjection before = running.get(inMemoryId(name));
            if (before != null) {
                before.loop().cancel();
            }
            runInMemory(projections.get(name));
        });
        waiter.release();
    }

    /** @throws IllegalStateException if two have one name; it names both */
    static Map<String, Projection<?>> byName(List<Projection<?>> beans) {
        Map<String, Projection<?>> byName = new LinkedHashMap<>();
        for (Projection<?> bean : beans) {
            // A client proxy has none of the fields.
            Projection<?> projection = ClientProxy.unwrap(bean);
            Projection<?> other = byName.putIfAbsent(projection.name(), projection);
            if (other != null) {
                throw new IllegalStateException("%s and %s are both the projection %s"
                        .formatted(
                                other.getClass().getName(),
                                projection.getClass().getName(),
                                projection.name()));
            }
        }
        return byName;
    }

    /** Settings under a name that is misspelt would have no effect, and nobody would notice. */
    static void checkNames(Set<String> configured, Set<String> known) {
        configured.stream()
                .filter(name -> !known.contains(name))
                .sorted()
                .findFirst()
                .ifPresent(name -> {
                    throw new ConfigurationException(
                            "eventuali.projection.%s has settings, and there is no projection of this name; there are: %s"
                                    .formatted(name, String.join(", ", new TreeSet<>(known))));
                });
    }

    /** After the observers of the application, which may prepare what handlers need. */
    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent started) {
        checkNames(config.byName().keySet(), projections.keySet());
        for (Projection<?> projection : projections.values()) {
            register(projection);
            checkPartitions(projection, partitions(projection));
            if (!settings(projection).enabled()) {
                LOG.infof("projection is disabled here projection=%s", projection.name());
            } else if (projection.isInMemory()) {
                runInMemory(projection);
            } else {
                want(projection, partitions(projection));
            }
        }
        leases.keep(byLease.keySet(), this);
        streamer.onGrown(this::wakeAll);
        tickers.add(
                tasks.every("projection-waiters", new Rhythm(WAITER_POLL, CONTROL, PATIENCE), this::pollForWaiters));
        tickers.add(tasks.every("projection-control", new Rhythm(CONTROL, LONGEST_WAIT, PATIENCE), this::supervised));
    }

    /**
     * How many partitions new documents of a projection have here; those that are there may have another number.
     *
     * @see Projection#partitions
     */
    int partitions(Projection<?> projection) {
        return settings(projection).partitions().orElse(projection.partitions());
    }

    /** @throws IllegalStateException if the projection cannot be split so */
    static void checkPartitions(Projection<?> projection, int partitions) {
        if (partitions < 1 || partitions > Projection.MAX_PARTITIONS) {
            throw new IllegalStateException("eventuali.projection.\"%s\".partitions must be 1 to %d, not %d"
                    .formatted(projection.name(), Projection.MAX_PARTITIONS, partitions));
        }
        if (partitions > 1 && (projection.isInMemory() || projection instanceof TableProjection)) {
            throw new IllegalStateException(
                    "projection %s cannot have %d partitions: only documents in the database are split"
                            .formatted(projection.name(), partitions));
        }
    }

    /** @return whether any of these partitions is new to this replica */
    private boolean want(Projection<?> projection, int partitions) {
        boolean more = false;
        for (int partition = 0; partition < partitions; partition++) {
            String lease = ProjectionTable.lease(projection.name(), projection.version(), partition);
            more |= byLease.putIfAbsent(lease, new Wanted(projection, partition)) == null;
        }
        return more;
    }

    /** Other replicas go on at once, while this one still answers what it was asked. */
    void drain(@Observes ShutdownDelayInitiatedEvent stopping) {
        leases.leave().subscribe().with(left -> {}, failure -> LOG.debugf("leases not given back: %s", failure));
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        tickers.forEach(Cancellable::cancel);
        running.values().forEach(projection -> projection.loop().cancel());
        finish(leases.leave());
        finish(Multi.createFrom()
                .iterable(memory.values())
                .onItem()
                .transformToUniAndMerge(MemoryDocuments::close)
                .onItem()
                .ignoreAsUni());
    }

    private static void finish(Uni<Void> work) {
        work.ifNoItem()
                .after(STOP_TIMEOUT)
                .fail()
                .onFailure()
                .recoverWithNull()
                .await()
                .indefinitely();
    }

    @Override
    public void acquired(Lease lease) {
        owned.put(lease.name(), new Owned(byLease.get(lease.name()), lease));
        control().subscribe().with(done -> {}, failure -> LOG.debugf("looked in vain: %s", failure.getMessage()));
    }

    @Override
    public synchronized void lost(Lease lease) {
        owned.computeIfPresent(lease.name(), (name, mine) -> mine.lease().equals(lease) ? null : mine);
        running.values().removeIf(projection -> {
            boolean ends = lease.equals(projection.lease());
            if (ends) {
                projection.loop().cancel();
            }
            return ends;
        });
    }

    /** Begins what has to be begun for the projections that this replica owns. One that fails keeps no other from it. */
    private Uni<Void> begin() {
        return Multi.createFrom()
                .iterable(owned.values())
                .onItem()
                .transformToUniAndConcatenate(
                        mine -> mine.begun() ? Uni.createFrom().voidItem() : begin(mine))
                .onItem()
                .ignoreAsUni();
    }

    private Uni<Void> begin(Owned mine) {
        String name = mine.what().projection().name();
        return begin(mine.what().projection())
                .invoke(() -> {
                    notBegun.remove(name);
                    owned.replace(mine.lease().name(), mine, mine.asBegun());
                })
                .onFailure()
                .recoverWithUni(failure -> {
                    notBegun.put(name, Failure.of(failure));
                    return Uni.createFrom().voidItem();
                });
    }

    private Uni<Void> begin(Projection<?> projection) {
        return generations
                .ensure(
                        projection.name(),
                        projection.version(),
                        partitions(projection),
                        !(projection instanceof TableProjection))
                .invoke(rebuilds -> {
                    if (rebuilds) {
                        LOG.infof(
                                "projection is rebuilt by newer code projection=%s version=%d",
                                projection.name(), projection.version());
                        history.add(projection.name(), What.REBUILD_STARTED, projection.version(), 0, null);
                    }
                })
                .replaceWithVoid();
    }

    /** Runs the partitions that are there and are this replica's, and doubts those that are not there. */
    private synchronized void reconcile(Projection<?> projection, List<ProjectionRow> rows) {
        String name = projection.name();
        Set<RunningProjection.Id> there = new HashSet<>();
        for (ProjectionRow row : rows) {
            RunningProjection.Id id = id(row);
            there.add(id);
            Owned mine = owned.get(ProjectionTable.lease(
                    name, projection.version(), row.partition().index()));
            if (mine != null && row.version() == projection.version() && !running.containsKey(id)) {
                runStored(projection, row, mine.lease());
            }
        }
        running.forEach((id, projectionHere) -> {
            if (id.projection().equals(name) && !there.contains(id)) {
                projectionHere.runner().doubt();
            }
        });
    }

    private static RunningProjection.Id id(ProjectionRow row) {
        return new RunningProjection.Id(row.name(), row.generation(), row.partition());
    }

    /** Documents may have more partitions than this replica would give them: somebody has to run those, too. */
    private void wantAllOf(Projection<?> projection, List<ProjectionRow> rows) {
        int most = rows.stream()
                .filter(row -> row.version() == projection.version())
                .mapToInt(row -> row.partition().count())
                .max()
                .orElse(1);
        if (settings(projection).enabled() && want(projection, most)) {
            LOG.infof(
                    "projection has %d partitions until it is rebuilt, and not %d projection=%s",
                    most, partitions(projection), projection.name());
            leases.keep(byLease.keySet(), this);
        }
    }

    private <S> void runStored(Projection<S> projection, ProjectionRow row, Lease lease) {
        Documents<S> documents = new StoredDocuments<>(
                projection,
                row.generation(),
                row.partition(),
                lease.epoch(),
                table,
                generations,
                settings(projection).cacheBytes().asLongValue());
        String log = table.log();
        Optional<TableTransaction> tables = projection instanceof TableProjection writer
                ? Optional.of(new TableTransaction(
                        writer,
                        row.generation(),
                        lease.epoch(),
                        () -> table.guard(log),
                        sessions.get(),
                        connections,
                        vertx))
                : Optional.empty();
        run(projection, documents, tables, id(row), lease);
    }

    private <S> void runInMemory(Projection<S> projection) {
        Optional<MemorySnapshots> kept = projection.snapshotEvery() == 0
                ? Optional.empty()
                : Optional.of(new MemorySnapshots(
                        projection,
                        snapshots,
                        settings(projection).snapshotBytes().asLongValue()));
        MemoryDocuments<S> documents = new MemoryDocuments<>(projection, surroundings.json(), kept);
        memory.put(projection.name(), documents);
        run(projection, documents, Optional.empty(), inMemoryId(projection.name()), null);
    }

    private static RunningProjection.Id inMemoryId(String name) {
        return new RunningProjection.Id(name, 0, Partition.WHOLE);
    }

    private <S> void run(
            Projection<S> projection,
            Documents<S> documents,
            Optional<TableTransaction> tables,
            RunningProjection.Id id,
            Lease lease) {
        Task task = tasks.open(
                "projection", id.partition().count() == 1 ? id.projection() : id.projection() + "/" + id.partition());
        ProjectionRunner<S> runner = new ProjectionRunner<>(
                projection,
                id.partition(),
                documents,
                tables,
                surroundings,
                settings(projection),
                meters.of(projection.name()),
                new Listening(id, projection),
                task);
        // There before it runs, since it may end at once.
        Cancellable[] loop = {() -> {}};
        running.put(id, new RunningProjection(lease, runner, () -> {
            loop[0].cancel();
            task.close();
        }));
        loop[0] = runner.run().subscribe().with(ended -> {}, failure -> ended(id, runner, failure));
    }

    private void ended(RunningProjection.Id id, ProjectionRunner<?> runner, Throwable failure) {
        LOG.infof("projection ends here: %s", failure.getMessage());
        running.computeIfPresent(id, (key, projection) -> {
            if (projection.runner() != runner) {
                return projection;
            }
            projection.loop().cancel();
            return null;
        });
    }

    /** What a runner tells: to those who wait for it, and to the history. */
    private final class Listening implements RunnerListener {
        private final RunningProjection.Id id;
        private final Projection<?> projection;

        Listening(RunningProjection.Id id, Projection<?> projection) {
            this.id = id;
            this.projection = projection;
        }

        @Override
        public void started(long position) {
            remember(What.STARTED, position, id.partition().count() > 1 ? "partition " + id.partition() : null);
            advanced(position);
        }

        @Override
        public void advanced(long position) {
            RunningProjection here = running.get(id);
            if (here != null && here.runner().serves()) {
                waiter.reached(
                        id.projection(),
                        id.partition().count() == 1 ? Checkpoints.of(position) : reachedHere(id.projection()));
            }
        }

        @Override
        public void stopped(HandlerFailure failure) {
            remember(What.STOPPED, failure.position(), failure.reason().stored());
        }

        @Override
        public void served(long position) {
            remember(What.REBUILD_SERVED, position, null);
            look(id.projection()).subscribe().with(done -> {}, failure -> {});
        }

        private void remember(What what, long position, String detail) {
            if (!projection.isInMemory()) {
                history.add(id.projection(), what, projection.version(), position, detail);
            }
        }
    }

    private void wakeAll() {
        running.values().forEach(projection -> projection.runner().wake());
    }

    private Uni<Void> pollForWaiters() {
        List<String> awaited = waiter.awaited();
        if (awaited.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        memory.forEach((name, documents) -> waiter.reached(name, Checkpoints.of(documents.position())));
        return table.positions(awaited)
                .invoke(positions -> positions.forEach(waiter::reached))
                .replaceWithVoid();
    }

    /** What keeps it from doing so is told with each projection that waits for it. */
    private Uni<Void> supervised() {
        return control()
                .invoke(() -> outOfControl = Optional.empty())
                .onFailure()
                .invoke(failure -> outOfControl = Optional.of(Failure.of(failure)))
                .invoke(() -> notBegun.values().stream().findFirst().ifPresent(reason -> {
                    throw new IllegalStateException(reason.text());
                }));
    }

    /** Hears what operators asked, at whichever replica, and gives up on handlers that do not answer. */
    private Uni<Void> control() {
        running.values().forEach(projection -> projection.runner().watch());
        memory.forEach((name, documents) -> {
            rates.observe(name, documents.events());
            if (!running.containsKey(inMemoryId(name))) {
                // Whatever ended it, it begins anew.
                runInMemory(projections.get(name));
            }
        });
        return begin().chain(() -> table.rows(storedNames()))
                .invoke(found -> {
                    for (Generation generation : Generation.of(found)) {
                        rates.observe(rateOf(generation), generation.position());
                        if (generation.serving()) {
                            rates.observe(generation.name(), generation.events());
                        }
                    }
                    tell(storedNames(), found);
                })
                .chain(() -> owned.isEmpty() ? Uni.createFrom().voidItem() : generations.sweep());
    }

    /** Has this replica act on what the database says about a projection. */
    Uni<Void> look(String name) {
        return table.rows(List.of(name))
                .invoke(found -> tell(List.of(name), found))
                .replaceWithVoid();
    }

    private void tell(List<String> names, List<ProjectionRow> found) {
        RuntimeException failure = null;
        for (String name : names) {
            try {
                tell(name, found.stream().filter(row -> row.name().equals(name)).toList());
            } catch (RuntimeException bug) {
                // The others go on.
                failure = bug;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void tell(String name, List<ProjectionRow> there) {
        generationsThere.put(name, Generation.of(there));
        wantAllOf(projections.get(name), there);
        reconcile(projections.get(name), there);
        for (ProjectionRow row : there) {
            RunningProjection here = running.get(id(row));
            if (here != null) {
                here.runner().control(row);
            }
        }
    }

    /** Why a projection does not go on, as far as this replica knows; empty if it does, or is halted. */
    Optional<Failure> trouble(String name) {
        return running.entrySet().stream()
                .filter(entry -> entry.getKey().projection().equals(name))
                .flatMap(entry -> entry.getValue().runner().trouble().stream())
                .findFirst()
                .or(() -> Optional.ofNullable(notBegun.get(name)))
                .or(() -> inMemory(name).isPresent() ? Optional.empty() : outOfControl);
    }

    private List<String> storedNames() {
        return projections.values().stream()
                .filter(projection -> !projection.isInMemory())
                .map(Projection::name)
                .toList();
    }

    /** How payloads and documents are read and written. */
    JsonCodec json() {
        return surroundings.json();
    }

    /** Names of all projections, in the order of their beans. */
    List<String> names() {
        return List.copyOf(projections.keySet());
    }

    Optional<Projection<?>> find(String name) {
        return Optional.ofNullable(projections.get(name));
    }

    /** The documents of a projection that every replica keeps in memory. */
    Optional<MemoryDocuments<?>> inMemory(String name) {
        return Optional.ofNullable(memory.get(name));
    }

    /** Lets what is in memory of a projection go on after it stopped. */
    void resumeInMemory(String name) {
        running.forEach((id, projection) -> {
            if (id.projection().equals(name)) {
                projection.runner().resume();
            }
        });
    }

    /** The partitions that this replica runs of what readers see, and where they are. */
    private Map<Partition, Long> servedHere(String name) {
        Map<Partition, Long> here = new HashMap<>();
        long newest = -1;
        for (Map.Entry<RunningProjection.Id, RunningProjection> entry : running.entrySet()) {
            RunningProjection.Id id = entry.getKey();
            ProjectionRunner<?> runner = entry.getValue().runner();
            boolean served = id.projection().equals(name) && (runner.serves() || memory.containsKey(name));
            // Around a switch there may be those of two generations for a moment.
            if (served && id.generation() >= newest) {
                if (id.generation() > newest) {
                    here.clear();
                    newest = id.generation();
                }
                here.put(id.partition(), runner.position());
            }
        }
        return here;
    }

    /** How far the partitions that this replica runs have come, without asking the database. */
    Checkpoints reachedHere(String name) {
        List<Long> positions = new ArrayList<>();
        servedHere(name).forEach((partition, position) -> {
            while (positions.size() < partition.count()) {
                positions.add(Checkpoints.UNKNOWN);
            }
            positions.set(partition.index(), position);
        });
        return new Checkpoints(positions);
    }

    /** What was known a moment ago of the generations that readers see. */
    List<Generation> lastServed() {
        return generationsThere.values().stream()
                .flatMap(List::stream)
                .filter(Generation::serving)
                .toList();
    }

    /** What was known a moment ago of the generation of a projection that readers see. */
    Optional<Generation> lastServed(String name) {
        return generationsThere.getOrDefault(name, List.of()).stream()
                .filter(Generation::serving)
                .findFirst();
    }

    PositionWaiter waiter() {
        return waiter;
    }

    double eventsPerSecond(String name) {
        return rates.of(name);
    }

    double eventsPerSecond(Generation generation) {
        return rates.of(rateOf(generation));
    }

    private static String rateOf(Generation generation) {
        return generation.name() + "/" + generation.number();
    }

    long head() {
        return streamer.globalPosition();
    }

    private ProjectionConfig.Settings settings(Projection<?> projection) {
        return config.byName().get(projection.name());
    }

    private void register(Projection<?> projection) {
        String name = projection.name();
        meters.gauge(
                "eventuali.projection.owned",
                name,
                "Partitions of it that this replica runs; 1 for one that is not split",
                () -> servedHere(name).size());
        meters.gauge("eventuali.projection.lag.events", name, "Events of the log not finished yet", () -> lag(name));
        meters.gauge(
                "eventuali.projection.stopped", name, "1 when it halted on an event", () -> isStopped(name) ? 1 : 0);
        if (!projection.isInMemory()) {
            meters.gauge(
                    "eventuali.projection.dead.letters",
                    name,
                    "Events that wait as dead letters",
                    () -> lastServed(name).map(Generation::deadLetters).orElse(0L));
            meters.gauge(
                    "eventuali.projection.oldest.parked.seconds",
                    name,
                    "For how long the oldest dead letter has waited",
                    () -> lastServed(name)
                            .map(generation -> generation.oldestDeadLetter().toSeconds())
                            .orElse(0L));
            meters.gauge(
                    "eventuali.projection.rebuilding",
                    name,
                    "1 while other documents are built beside those that are served",
                    () -> generationsThere.getOrDefault(name, List.of()).size() > 1 ? 1 : 0);
        }
    }

    private long lag(String name) {
        long here = reachedHere(name).least();
        long position = here != Checkpoints.UNKNOWN
                ? here
                : lastServed(name).map(Generation::position).orElse(0L);
        return Math.max(0, head() - position);
    }

    private boolean isStopped(String name) {
        return inMemory(name)
                .map(documents -> documents.failure().isPresent())
                .orElseGet(() -> lastServed(name).flatMap(Generation::failed).isPresent());
    }

    /** A partition of a projection that this replica has the code for. */
    private record Wanted(Projection<?> projection, int partition) {}

    /**
     * A partition of a projection whose lease this replica has.
     *
     * @param begun whether there is a generation for this code
     */
    private record Owned(Wanted what, Lease lease, boolean begun) {
        Owned(Wanted what, Lease lease) {
            this(what, lease, false);
        }

        Owned asBegun() {
            return new Owned(what, lease, true);
        }
    }
}
