package io.eventuali.ownership;

import io.eventuali.identity.LogIdentity;
import io.eventuali.ownership.LeaseView.LeaseRow;
import io.eventuali.ownership.LeaseView.Rows;
import io.eventuali.ownership.VoidTerms.Judged;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Keeps the leases of this replica alive and claims free ones in its turn. A lease that could not be renewed in time is
 * reported lost before anybody else can hold it: time is counted from before the renewal was sent, so it ends here no later
 * than in the database. A process that was frozen reports later, which is what the epoch is for.
 *
 * <p>The clock of the database may jump. Ahead, leases of living owners look expired; back, they look endless. So after a jump nothing is
 * claimed until everybody had the time to renew, and a lease that ends later than it can counts only as long as its row changes.
 */
@Singleton
public class LeaseKeeper {
    private static final Logger LOG = Logger.getLogger(LeaseKeeper.class);
    private static final Duration BURIAL = Duration.ofHours(1);

    private final LeaseTable table;
    private final OwnershipConfig config;
    private final Tasks tasks;
    private final String replica;
    private final LongSupplier nanoTime;
    private final Counter jumps;
    private final Counter voids;
    /** Who wants a lease. */
    private final Map<String, Deliveries> wanted = new TreeMap<>();

    private final Map<String, Held> held = new TreeMap<>();
    private final List<Cancellable> started = new ArrayList<>();
    // These are used by rounds only, of which there is one at a time.
    private final ClockWatch clock = new ClockWatch();
    private final VoidTerms voidTerms = new VoidTerms();
    private long quietUntil;
    private boolean quiet;

    private boolean stopped;

    @Inject
    LeaseKeeper(
            LeaseTable table,
            OwnershipConfig config,
            Tasks tasks,
            MeterRegistry meters,
            ReplicaId replica,
            LogIdentity identity) {
        this(table, config, tasks, meters, replica, System::nanoTime);
        // Leases of another log are somebody else's.
        identity.onForget(replacement -> names().forEach(this::lose));
    }

    LeaseKeeper(
            LeaseTable table,
            OwnershipConfig config,
            Tasks tasks,
            MeterRegistry meters,
            ReplicaId replica,
            LongSupplier nanoTime) {
        this.table = table;
        this.config = config;
        this.tasks = tasks;
        this.replica = replica.value();
        this.nanoTime = nanoTime;
        this.jumps = Counter.builder("eventuali.clock.jumps")
                .description("Times that the clock of the database jumped, ahead or back")
                .register(meters);
        this.voids = Counter.builder("eventuali.leases.void")
                .description("Leases whose end was further away than possible, and whose owner gave no sign of life")
                .register(meters);
    }

    /** Takes part in sharing this work. Leases that are added by a later call are looked for in the next round. */
    public synchronized void keep(Collection<String> names, LeaseListener owner) {
        want(names, owner);
        if (!started.isEmpty() || stopped) {
            return;
        }
        started.add(tasks.every(
                "leases", Rhythm.steady(config.renew(), config.duration().dividedBy(2)), this::round));
        started.add(tasks.tick("lease-expiry", Rhythm.steady(config.renew(), config.duration()), this::expire));
        started.add(tasks.every("replica-burial", Rhythm.every(BURIAL), table::bury));
    }

    /** The same, for rounds that the caller begins. */
    synchronized void want(Collection<String> names, LeaseListener owner) {
        for (String name : names) {
            Deliveries now = wanted.get(name);
            if (now == null || now.listener() != owner) {
                wanted.put(name, deliveries(owner));
            }
        }
    }

    /** One for a listener, whatever the number of its leases. */
    private Deliveries deliveries(LeaseListener owner) {
        return wanted.values().stream()
                .filter(deliveries -> deliveries.listener() == owner)
                .findFirst()
                .orElseGet(() -> new Deliveries(
                        owner, tasks.open("lease-listener", owner.getClass().getSimpleName()), this::refused));
    }

    /** Renews, looks around, and claims or gives back what is this replica's turn. */
    Uni<Void> round() {
        List<String> names = wanted();
        long asked = nanoTime.getAsLong();
        return table.declare(names)
                .chain(() -> table.beat(replica, names, config.duration()))
                .invoke(seconds -> observe(seconds, asked))
                .chain(this::renew)
                .chain(table::view)
                .map(this::judge)
                .chain(this::apply);
    }

    private Uni<Void> renew() {
        long sent = nanoTime.getAsLong();
        return table.renew(replica, config.duration())
                .invoke(leases -> renewed(leases, sent))
                .replaceWithVoid();
    }

    private void observe(double seconds, long asked) {
        long now = nanoTime.getAsLong();
        clock.observe(seconds, asked, now).ifPresent(jump -> {
            LOG.warnf(
                    "the clock of the database jumped by %s %s; no lease is claimed for %s, so that their owners can"
                            + " renew them",
                    jump.abs(), jump.isNegative() ? "back" : "ahead", config.duration());
            jumps.increment();
            quiet = true;
            quietUntil = now + config.duration().toNanos();
        });
    }

    private Judged judge(Rows rows) {
        Judged judged = voidTerms.judge(rows, nanoTime.getAsLong());
        for (LeaseRow row : judged.news()) {
            LOG.warnf(
                    "lease is void, since it ends later than it can and its owner gave no sign of life name=%s"
                            + " owner=%s",
                    row.lease().name(), row.owner());
            voids.increment();
        }
        return judged;
    }

    private Uni<Void> apply(Judged judged) {
        if (quiet && nanoTime.getAsLong() - quietUntil < 0) {
            return Uni.createFrom().voidItem();
        }
        quiet = false;
        FairShare share = FairShare.of(replica, judged.view());
        Uni<Void> given = share.giveBack().isEmpty() ? Uni.createFrom().voidItem() : giveBack(share.giveBack());
        if (share.claim().isEmpty()) {
            return given;
        }
        return given.chain(() -> claim(share.claim(), judged.voids()));
    }

    private Uni<Void> claim(List<String> names, Map<String, LeaseRow> voids) {
        long sent = nanoTime.getAsLong();
        return table.claim(replica, names, voids, config.duration())
                .invoke(leases -> leases.forEach(lease -> acquire(lease, sent)))
                .replaceWithVoid();
    }

    /** Gives these leases to replicas that have less to do. */
    private Uni<Void> giveBack(List<String> names) {
        names.forEach(this::lose);
        return table.release(replica, names);
    }

    /** Stops wanting a lease, and gives it back: this replica turned out to have outdated code for it. */
    public Uni<Void> renounce(String name) {
        synchronized (this) {
            wanted.remove(name);
        }
        return giveBack(List.of(name));
    }

    /** Gives everything back, so that others go on at once. Renewals end. */
    public Uni<Void> leave() {
        synchronized (this) {
            stopped = true;
            started.forEach(Cancellable::cancel);
        }
        names().forEach(this::lose);
        return table.leave(replica);
    }

    private synchronized List<String> wanted() {
        return List.copyOf(wanted.keySet());
    }

    private synchronized List<String> names() {
        return List.copyOf(held.keySet());
    }

    /** What the database says is ours: prolonged here, or acquired, if the answer to a claim was lost. What it does not name is lost. */
    private void renewed(List<Lease> leases, long sent) {
        if (isLate(sent)) {
            throw new IllegalStateException("leases were renewed too late to rely on it");
        }
        Set<String> owned = new TreeSet<>();
        for (Lease lease : leases) {
            owned.add(lease.name());
            acquire(lease, sent);
        }
        for (String name : names()) {
            if (!owned.contains(name)) {
                lose(name);
            }
        }
    }

    private boolean isLate(long sent) {
        return nanoTime.getAsLong() - deadline(sent) >= 0;
    }

    private void acquire(Lease lease, long sent) {
        Deliveries deliveries;
        synchronized (this) {
            deliveries = wanted.get(lease.name());
            // What is known too late is found again by the next renewal.
            if (stopped || deliveries == null || isLate(sent)) {
                return;
            }
            Held before = held.put(lease.name(), new Held(lease, deliveries, deadline(sent)));
            if (before != null && before.lease().equals(lease)) {
                return;
            }
            if (before != null) {
                deliveries.add(before.lease(), false);
            }
            deliveries.add(lease, true);
        }
        deliveries.deliver();
    }

    /** A round earlier than the lease ends, because it is looked at once a round. */
    private long deadline(long sent) {
        return sent + config.duration().minus(config.renew()).toNanos();
    }

    private void lose(String name) {
        Held lost;
        synchronized (this) {
            lost = forget(name);
        }
        if (lost != null) {
            lost.deliveries().deliver();
        }
    }

    private Held forget(String name) {
        Held lost = held.remove(name);
        if (lost != null) {
            lost.deliveries().add(lost.lease(), false);
        }
        return lost;
    }

    /** The listener could not begin. The database still has the lease as ours, so the next renewal offers it again. */
    private synchronized void refused(Lease lease) {
        Held now = held.get(lease.name());
        if (now != null && now.lease().equals(lease)) {
            forget(lease.name());
        }
    }

    /** Reports what could not be renewed in time, also while a renewal hangs. */
    void expire() {
        long now = nanoTime.getAsLong();
        List<Held> late;
        synchronized (this) {
            late = held.values().stream()
                    .filter(lease -> now - lease.until() >= 0)
                    .toList();
            late.forEach(lease -> forget(lease.lease().name()));
        }
        late.forEach(lease -> lease.deliveries().deliver());
    }

    private record Held(Lease lease, Deliveries deliveries, long until) {}
}
