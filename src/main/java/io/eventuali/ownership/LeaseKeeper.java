package io.eventuali.ownership;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/**
 * Keeps the leases of this replica alive and claims free ones in its turn. A lease that could not be renewed in time is
 * reported lost before anybody else can hold it: time is counted from before the renewal was sent, so it ends here no later
 * than in the database. A process that was frozen reports later, which is what the epoch is for.
 */
@Singleton
public class LeaseKeeper {
    private static final Logger LOG = Logger.getLogger(LeaseKeeper.class);

    private final LeaseTable table;
    private final OwnershipConfig config;
    private final String replica;
    /** Who wants a lease. */
    private final Map<String, LeaseListener> wanted = new TreeMap<>();

    private final Map<String, Held> held = new TreeMap<>();
    private Cancellable ticker;
    private boolean complained;
    private boolean stopped;

    LeaseKeeper(LeaseTable table, OwnershipConfig config, ReplicaId replica) {
        this.table = table;
        this.config = config;
        this.replica = replica.value();
    }

    /** Takes part in sharing this work. Leases that are added by a later call are looked for in the next round. */
    public synchronized void keep(Collection<String> names, LeaseListener owner) {
        names.forEach(name -> wanted.put(name, owner));
        if (ticker != null || stopped) {
            return;
        }
        Uni<Void> start = table.declare(names).chain(table::bury).chain(this::round);
        ticker = Multi.createBy()
                .concatenating()
                .streams(guarded(start).toMulti(), rounds())
                .subscribe()
                .with(done -> {});
    }

    private Multi<Void> rounds() {
        // A round that takes long makes the next one late, never two at once.
        return Multi.createFrom()
                .ticks()
                .every(config.renew())
                .invoke(tick -> expire())
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> guarded(Uni.createFrom().deferred(this::round)));
    }

    private Uni<Void> guarded(Uni<Void> work) {
        return work.ifNoItem()
                .after(config.duration().dividedBy(2))
                .fail()
                .invoke(() -> complained = false)
                .onFailure()
                .invoke(this::complain)
                .onFailure()
                .recoverWithNull();
    }

    private synchronized void complain(Throwable failure) {
        if (!complained && !stopped) {
            complained = true;
            LOG.warnf("cannot renew leases replica=%s: %s", replica, failure.getMessage());
        }
    }

    private Uni<Void> round() {
        long sent = System.nanoTime();
        return table.declare(wanted())
                .chain(() -> table.renew(replica, wanted(), config.duration()))
                .invoke(leases -> renewed(leases, sent))
                .chain(table::view)
                .map(view -> FairShare.of(replica, view))
                .chain(this::apply);
    }

    private Uni<Void> apply(FairShare share) {
        Uni<Void> given = share.giveBack().isEmpty() ? Uni.createFrom().voidItem() : giveBack(share.giveBack());
        if (share.claim().isEmpty()) {
            return given;
        }
        long sent = System.nanoTime();
        return given.chain(() -> table.claim(replica, share.claim(), config.duration()))
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
            if (ticker != null) {
                ticker.cancel();
            }
        }
        List.copyOf(names()).forEach(this::lose);
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

    private void acquire(Lease lease, long sent) {
        Held before;
        LeaseListener listener;
        synchronized (this) {
            listener = wanted.get(lease.name());
            if (stopped || listener == null) {
                return;
            }
            before = held.put(lease.name(), new Held(lease, listener, deadline(sent)));
        }
        if (before != null && before.lease().equals(lease)) {
            return;
        }
        if (before != null) {
            listener.lost(before.lease());
        }
        LOG.infof("lease acquired name=%s epoch=%d replica=%s", lease.name(), lease.epoch(), replica);
        listener.acquired(lease);
    }

    /** A round earlier than the lease ends, because it is looked at once a round. */
    private long deadline(long sent) {
        return sent + config.duration().minus(config.renew()).toNanos();
    }

    private void lose(String name) {
        Held lost;
        synchronized (this) {
            lost = held.remove(name);
        }
        if (lost != null) {
            LOG.infof(
                    "lease given up name=%s epoch=%d replica=%s",
                    name, lost.lease().epoch(), replica);
            lost.listener().lost(lost.lease());
        }
    }

    private void expire() {
        long now = System.nanoTime();
        List<String> late = new ArrayList<>();
        synchronized (this) {
            held.forEach((name, lease) -> {
                if (now - lease.until() >= 0) {
                    late.add(name);
                }
            });
        }
        late.forEach(this::lose);
    }

    private record Held(Lease lease, LeaseListener listener, long until) {}
}
