package io.eventuali.verify;

import io.agroal.api.AgroalDataSource;
import io.eventuali.ownership.ReplicaId;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogHead;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.eventuali.verify.Verification.Status;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.agroal.DataSource;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalTime;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Recounts the log beside the service, when it is asked to and once a day: one recount at a time in the whole installation. */
@Singleton
public class Verifications {
    private static final Logger LOG = Logger.getLogger(Verifications.class);
    private static final Duration LOOK = Duration.ofSeconds(30);
    private static final Duration TOLD = Duration.ofSeconds(5);
    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final VerificationTable table;
    private final EventStore store;
    private final AgroalDataSource dataSource;
    private final ProjectionsVerification projections;
    private final SagasVerification sagas;
    private final String replica;
    private final Optional<LocalTime> dailyAt;
    private final Tasks tasks;
    private volatile boolean stopped;
    private volatile double lastFindings = Double.NaN;
    private Cancellable daily = () -> {};

    Verifications(
            VerificationTable table,
            EventStore store,
            @DataSource(Statements.DATA_SOURCE) AgroalDataSource dataSource,
            ProjectionsVerification projections,
            SagasVerification sagas,
            ReplicaId replica,
            VerifyConfig config,
            Tasks tasks,
            MeterRegistry meters) {
        this.table = table;
        this.store = store;
        this.dataSource = dataSource;
        this.projections = projections;
        this.sagas = sagas;
        this.replica = replica.value();
        this.dailyAt = config.dailyAt();
        this.tasks = tasks;
        Gauge.builder("eventuali.verify.findings", () -> lastFindings)
                .description("What the last recount of the log by any replica found")
                .register(meters);
    }

    void start(@Observes StartupEvent started) {
        daily = tasks.every("log-verification", Rhythm.every(LOOK), this::look);
    }

    void stop(@Observes ShutdownEvent stopping) {
        stopped = true;
        daily.cancel();
    }

    private Uni<Void> look() {
        return table.read()
                .invoke(last -> last.filter(done -> done.status() == Status.SOUND || done.status() == Status.DAMAGED)
                        .ifPresent(done -> lastFindings = done.allFindings()))
                .chain(() -> dailyAt.map(time -> start(0, Long.MAX_VALUE, time).replaceWithVoid())
                        .orElseGet(() -> Uni.createFrom().voidItem()));
    }

    /** The last recount, or the one that is under way; empty if there was none. */
    public Uni<Optional<Verification>> last() {
        return table.read();
    }

    /**
     * Begins a recount.
     *
     * @param from exclusive
     * @param to inclusive; the head of the log if that is before it
     * @return false if one is under way
     */
    public Uni<Boolean> start(long from, long to) {
        return start(from, to, null);
    }

    private Uni<Boolean> start(long from, long to, LocalTime daily) {
        UUID id = UUID.randomUUID();
        return store.head()
                .map(LogHead::position)
                .map(head -> Math.min(head, to))
                .chain(end -> table.claim(id, replica, Math.min(from, end), end, daily)
                        .invoke(claimed -> {
                            if (claimed) {
                                run(id, Math.min(from, end), end);
                            }
                        }));
    }

    private void run(UUID id, long from, long to) {
        Thread thread = new Thread(() -> verify(id, from, to), "eventuali-verify");
        thread.setDaemon(true);
        thread.start();
    }

    private void verify(UUID id, long from, long to) {
        Findings findings = new Findings();
        long[] at = {from, System.nanoTime()};
        try (Connection connection = dataSource.getConnection()) {
            LOG.infof("the log is recounted from=%d to=%d", from, to);
            boolean done = new LogVerification(connection, findings).run(from, to, position -> {
                at[0] = position;
                return goesOn(id, at, findings);
            });
            if (done) {
                projections.run(findings, () -> goesOn(id, at, findings));
                sagas.run(findings, () -> goesOn(id, at, findings));
            }
            if (!stopped) {
                Status status = findings.count() == 0 ? Status.SOUND : Status.DAMAGED;
                tell(id, to, findings, status, null);
                LOG.infof("the log was recounted from=%d to=%d findings=%d", from, to, findings.count());
            }
        } catch (SQLException | RuntimeException failed) {
            LOG.warnf("the recount of the log failed position=%d: %s", at[0], failed.getMessage());
            tell(id, at[0], findings, Status.FAILED, failed.getMessage());
        }
    }

    /** Says how far it is, once a second. */
    private boolean goesOn(UUID id, long[] at, Findings findings) {
        if (!stopped && System.nanoTime() - at[1] > TELL_NANOS) {
            at[1] = System.nanoTime();
            return tell(id, at[0], findings, Status.RUNNING, null);
        }
        return !stopped;
    }

    /** A recount does not end because it could not be told how far it is. */
    private boolean tell(UUID id, long position, Findings findings, Status status, String reason) {
        try {
            return table.move(id, position, findings, status, reason).await().atMost(TOLD);
        } catch (RuntimeException unheard) {
            LOG.debugf("the recount could not be told: %s", unheard.getMessage());
            return true;
        }
    }
}
