package io.eventuali.ownership;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Leases and replicas at one moment.
 *
 * @param wanted living replicas, each with the names of the leases that it wants
 * @param held leases that count, each with its owner
 */
record LeaseView(Map<String, Set<String>> wanted, Map<String, String> held) {
    LeaseView {
        wanted = Map.copyOf(wanted);
        held = Map.copyOf(held);
    }

    /**
     * What the database has, before it was judged.
     *
     * @param replicas that have not expired
     * @param leases that have an owner and have not expired
     */
    record Rows(List<ReplicaRow> replicas, List<LeaseRow> leases) {
        Rows {
            replicas = List.copyOf(replicas);
            leases = List.copyOf(leases);
        }
    }

    /** A replica, what it wants, and when it counts as dead. */
    record ReplicaRow(String id, Set<String> wanted, Term term) {}

    /** A lease, who has it, and until when. */
    record LeaseRow(Lease lease, String owner, Term term) {}

    /**
     * Until when something holds, by the clock of the database.
     *
     * @param end seconds since 1970
     * @param now what time it was, the same way
     * @param seconds for how long it is given each time
     */
    record Term(double end, double now, double seconds) {
        /** Beyond what rounding and a clock that is corrected explain. */
        private static final double MARGIN = ClockWatch.TOLERANCE.toSeconds();

        /** Whether it ends later than it can, if the clock was right when it was given and is right now. */
        boolean isImpossible() {
            return end - now > seconds + MARGIN;
        }
    }
}
