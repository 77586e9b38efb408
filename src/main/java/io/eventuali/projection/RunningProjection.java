package io.eventuali.projection;

import io.eventuali.ownership.Lease;
import io.smallrye.mutiny.subscription.Cancellable;

/**
 * A partition of a generation of a projection that this replica runs.
 *
 * @param lease under which it does; null for one in memory, which every replica runs
 * @param runner its loop
 * @param loop to end it with
 */
record RunningProjection(Lease lease, ProjectionRunner<?> runner, Cancellable loop) {

    /** Which one of a projection. */
    record Id(String projection, long generation, Partition partition) {}
}
