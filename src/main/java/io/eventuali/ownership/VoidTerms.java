package io.eventuali.ownership;

import io.eventuali.ownership.LeaseView.LeaseRow;
import io.eventuali.ownership.LeaseView.ReplicaRow;
import io.eventuali.ownership.LeaseView.Rows;
import io.eventuali.ownership.LeaseView.Term;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges terms that end later than they can: the clock of the database was set back, or the row was written by hand. Such a term says
 * nothing, so what counts is whether its holder gives a sign of life. If the row stays as it is for as long as the term is given for, by
 * this process's own clock, it is void. Not thread-safe.
 */
final class VoidTerms {
    private static final double NANOS = 1_000_000_000;

    private Map<Object, Long> seen = new HashMap<>();
    private final Set<Object> told = new HashSet<>();

    /**
     * What holds, and which leases are void.
     *
     * @param nanos now, by this process's clock
     */
    Judged judge(Rows rows, long nanos) {
        Map<Object, Long> still = new HashMap<>();
        Map<String, Set<String>> wanted = new HashMap<>();
        for (ReplicaRow replica : rows.replicas()) {
            if (!isVoid(replica.id() + "@" + replica.term().end(), replica.term(), nanos, still)) {
                wanted.put(replica.id(), replica.wanted());
            }
        }
        Map<String, String> held = new HashMap<>();
        Map<String, LeaseRow> voids = new HashMap<>();
        List<LeaseRow> news = new ArrayList<>();
        for (LeaseRow row : rows.leases()) {
            Object same = new Held(row.lease(), row.term().end());
            if (isVoid(same, row.term(), nanos, still)) {
                voids.put(row.lease().name(), row);
                if (told.add(same)) {
                    news.add(row);
                }
            } else {
                held.put(row.lease().name(), row.owner());
            }
        }
        told.retainAll(still.keySet());
        seen = still;
        return new Judged(new LeaseView(wanted, held), voids, news);
    }

    private boolean isVoid(Object same, Term term, long nanos, Map<Object, Long> still) {
        if (!term.isImpossible()) {
            return false;
        }
        long since = seen.getOrDefault(same, nanos);
        still.put(same, since);
        return (nanos - since) / NANOS >= term.seconds();
    }

    /** A lease until a certain time. */
    private record Held(Lease lease, double end) {}

    /**
     * What was found.
     *
     * @param view what holds
     * @param voids leases whose term is void, by name: as free as those that have expired
     * @param news those of them that were not void before
     */
    record Judged(LeaseView view, Map<String, LeaseRow> voids, List<LeaseRow> news) {}
}
