package io.eventuali.ownership;

import io.eventuali.task.Task;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Calls one listener, in the order in which things happened and one call at a time, whichever threads they happen on. A call that is added
 * while another one runs is made by the thread that makes that one. A listener that throws keeps no other call from being made.
 */
final class Deliveries {
    private static final Logger LOG = Logger.getLogger(Deliveries.class);

    private final LeaseListener listener;
    private final Task task;
    private final Consumer<Lease> refused;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    // Both are used by the thread that makes the calls only.
    private final Set<String> working = new HashSet<>();
    private final Set<String> broken = new HashSet<>();

    /**
     * Calls for a listener.
     *
     * @param task is told of what the listener throws
     * @param refused is told of a lease that the listener could not begin with
     */
    Deliveries(LeaseListener listener, Task task, Consumer<Lease> refused) {
        this.listener = listener;
        this.task = task;
        this.refused = refused;
    }

    LeaseListener listener() {
        return listener;
    }

    /** Notes a call. Calls are made in the order of these, so it is done under the lock that what happened was done under. */
    void add(Lease lease, boolean acquired) {
        calls.add(new Call(lease, acquired));
    }

    /** Makes the calls that were noted, unless another thread is about to. To be called without a lock, since listeners take their own. */
    void deliver() {
        if (waiting.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            for (Call call = calls.poll(); call != null; call = calls.poll()) {
                make(call);
            }
            seen = waiting.addAndGet(-seen);
        } while (seen > 0);
    }

    private void make(Call call) {
        Lease lease = call.lease();
        try {
            if (call.acquired()) {
                listener.acquired(lease);
                LOG.infof("lease acquired name=%s epoch=%d", lease.name(), lease.epoch());
                working.add(lease.name());
            } else {
                if (working.remove(lease.name())) {
                    LOG.infof("lease given up name=%s epoch=%d", lease.name(), lease.epoch());
                }
                listener.lost(lease);
            }
            if (call.acquired() && broken.remove(lease.name()) && broken.isEmpty()) {
                task.worked();
            }
        } catch (Throwable bug) {
            broken.add(lease.name());
            task.failed(bug);
            if (call.acquired()) {
                refused.accept(lease);
            }
        }
    }

    private record Call(Lease lease, boolean acquired) {}
}
