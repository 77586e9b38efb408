package io.eventuali.projection;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.ownership.Lease;
import io.eventuali.ownership.LeaseKeeper;
import io.eventuali.ownership.LeaseListener;
import io.eventuali.store.EventStore;
import io.eventuali.stream.EventStreamer;
import io.quarkus.arc.All;
import io.quarkus.arc.ClientProxy;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Runs the projections that this replica owns, and those that every replica keeps in memory. */
@Singleton
class ProjectionEngine implements LeaseListener {
    private static final Logger LOG = Logger.getLogger(ProjectionEngine.class);
    /** How often to look whether the log has grown: one comparison, in memory. */
    private static final Duration GLANCE = Duration.ofMillis(10);
    /** How often to look for those who wait for a projection that another replica runs. */
    private static final Duration WAITER_POLL = Duration.ofMillis(25);

    private static final Duration CONTROL = Duration.ofSeconds(1);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, Projection<?>> projections;
    private final Map<String, MemoryDocuments<?>> memory = new ConcurrentHashMap<>();
    private final Map<String, RunningProjection> running = new ConcurrentHashMap<>();
    private final Map<String, ProjectionRow> rows = new ConcurrentHashMap<>();
    private final PositionWaiter waiter = new PositionWaiter();
    private final ObservedRates rates = new ObservedRates();
    private final ProjectionTable table;
    private final LeaseKeeper leases;
    private final EventStreamer streamer;
    private final ProjectionConfig config;
    private final ProjectionMeters meters;
    private final ProjectionSurroundings surroundings;
    private final List<Cancellable> tickers = new ArrayList<>();
    private long seenHead;

    ProjectionEngine(
            @All List<Projection<?>> beans,
            ProjectionTable table,
            LeaseKeeper leases,
            EventStore store,
            EventStreamer streamer,
            ObjectMapper mapper,
            ProjectionConfig config,
            ProjectionMeters meters) {
        this.projections = byName(beans);
        this.table = table;
        this.leases = leases;
        this.streamer = streamer;
        this.config = config;
        this.meters = meters;
        this.surroundings = new ProjectionSurroundings(
                store,
                new LogPages(store),
                streamer::globalPosition,
                new JsonCodec(mapper),
                Infrastructure.getDefaultExecutor());
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

    /** After the observers of the application, which may prepare what handlers need. */
    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent started) {
        List<String> stored = new ArrayList<>();
        for (Projection<?> projection : projections.values()) {
            register(projection);
            if (!settings(projection).enabled()) {
                LOG.infof("projection is disabled here projection=%s", projection.name());
            } else if (projection.isInMemory()) {
                runInMemory(projection);
            } else {
                stored.add(projection.name());
            }
        }
        leases.keep(stored.stream().map(ProjectionTable.LEASE_PREFIX::concat).toList(), this);
        every(GLANCE, () -> Uni.createFrom().voidItem().invoke(this::glance));
        every(WAITER_POLL, this::pollForWaiters);
        every(CONTROL, this::control);
    }

    /** Other replicas go on at once, while this one still answers what it was asked. */
    void drain(@Observes ShutdownDelayInitiatedEvent stopping) {
        leases.leave().subscribe().with(left -> {}, failure -> LOG.debugf("leases not given back: %s", failure));
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        tickers.forEach(Cancellable::cancel);
        running.values().forEach(projection -> projection.loop().cancel());
        leases.leave()
                .ifNoItem()
                .after(STOP_TIMEOUT)
                .fail()
                .onFailure()
                .recoverWithNull()
                .await()
                .indefinitely();
    }

    private void every(Duration period, Supplier<Uni<Void>> work) {
        tickers.add(Multi.createFrom()
                .ticks()
                .every(period)
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> work.get().onFailure().recoverWithNull())
                .subscribe()
                .with(done -> {}));
    }

    @Override
    public void acquired(Lease lease) {
        Projection<?> projection = projections.get(lease.name().substring(ProjectionTable.LEASE_PREFIX.length()));
        runStored(projection, lease);
    }

    @Override
    public void lost(Lease lease) {
        String name = lease.name().substring(ProjectionTable.LEASE_PREFIX.length());
        running.computeIfPresent(name, (key, projection) -> {
            if (!lease.equals(projection.lease())) {
                return projection;
            }
            projection.loop().cancel();
            return null;
        });
    }

    private <S> void runStored(Projection<S> projection, Lease lease) {
        Documents<S> documents = new StoredDocuments<>(
                projection,
                lease.epoch(),
                table,
                settings(projection).cacheBytes().asLongValue());
        run(projection, documents, lease);
    }

    private <S> void runInMemory(Projection<S> projection) {
        MemoryDocuments<S> documents = new MemoryDocuments<>();
        memory.put(projection.name(), documents);
        run(projection, documents, null);
    }

    private <S> void run(Projection<S> projection, Documents<S> documents, Lease lease) {
        ProjectionRunner<S> runner = new ProjectionRunner<>(
                projection, documents, surroundings, settings(projection), meters.of(projection.name()));
        Cancellable loop = runner.run()
                .onFailure(OwnershipLostException.Outdated.class)
                .call(outdated -> {
                    LOG.warnf("%s: it is left to newer replicas", outdated.getMessage());
                    return leases.renounce(ProjectionTable.LEASE_PREFIX + projection.name());
                })
                .subscribe()
                .with(ended -> {}, failure -> ended(projection.name(), runner, failure));
        running.put(projection.name(), new RunningProjection(lease, runner, loop));
    }

    private void ended(String name, ProjectionRunner<?> runner, Throwable failure) {
        LOG.infof("projection ends here: %s", failure.getMessage());
        running.computeIfPresent(name, (key, projection) -> projection.runner() == runner ? null : projection);
    }

    private void glance() {
        long head = streamer.globalPosition();
        if (head != seenHead) {
            seenHead = head;
            running.values().forEach(projection -> projection.runner().wake());
        }
        running.forEach(
                (name, projection) -> waiter.reached(name, projection.runner().position()));
    }

    private Uni<Void> pollForWaiters() {
        List<String> awaited = waiter.awaited();
        return awaited.isEmpty()
                ? Uni.createFrom().voidItem()
                : table.positions(awaited)
                        .invoke(positions -> positions.forEach(waiter::reached))
                        .replaceWithVoid();
    }

    /** Hears what operators asked, at whichever replica, and gives up on handlers that do not answer. */
    private Uni<Void> control() {
        running.values().forEach(projection -> projection.runner().watch());
        memory.forEach((name, documents) -> rates.observe(name, documents.events()));
        return table.rows(storedNames())
                .invoke(found -> found.forEach(row -> {
                    rows.put(row.name(), row);
                    rates.observe(row.name(), row.events());
                    tell(row);
                }))
                .replaceWithVoid();
    }

    /** Has the runner, if it is here, act on what the database says. */
    void tell(ProjectionRow row) {
        RunningProjection here = running.get(row.name());
        if (here != null) {
            here.runner().control(row);
        }
    }

    private List<String> storedNames() {
        return projections.values().stream()
                .filter(projection -> !projection.isInMemory())
                .map(Projection::name)
                .toList();
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

    /** The loop of a projection, if it is run here. */
    Optional<ProjectionRunner<?>> runner(String name) {
        return Optional.ofNullable(running.get(name)).map(RunningProjection::runner);
    }

    /** What was known of the stored projections a moment ago. */
    Map<String, ProjectionRow> lastRows() {
        return Map.copyOf(rows);
    }

    PositionWaiter waiter() {
        return waiter;
    }

    double eventsPerSecond(String name) {
        return rates.of(name);
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
                "1 where this replica runs it",
                () -> running.containsKey(name) ? 1 : 0);
        meters.gauge("eventuali.projection.lag.events", name, "Events of the log not finished yet", () -> lag(name));
        meters.gauge(
                "eventuali.projection.stopped", name, "1 when it halted on an event", () -> isStopped(name) ? 1 : 0);
        if (!projection.isInMemory()) {
            meters.gauge(
                    "eventuali.projection.dead.letters",
                    name,
                    "Events that wait as dead letters",
                    () -> Optional.ofNullable(rows.get(name))
                            .map(ProjectionRow::deadLetters)
                            .orElse(0L));
        }
    }

    private long lag(String name) {
        long position = runner(name).map(ProjectionRunner::position).orElseGet(() -> Optional.ofNullable(rows.get(name))
                .map(ProjectionRow::position)
                .orElse(0L));
        return Math.max(0, head() - position);
    }

    private boolean isStopped(String name) {
        return inMemory(name).map(documents -> documents.failure().isPresent()).orElseGet(() -> Optional.ofNullable(
                        rows.get(name))
                .map(row -> row.failedPosition().isPresent())
                .orElse(false));
    }
}
