package io.eventuali.ownership;

/** Is told which leases this replica holds. Calls must return at once; they do not overlap. */
public interface LeaseListener {

    /** This replica owns the lease from now on. */
    void acquired(Lease lease);

    /** This replica does not own the lease any more, or is about to give it to another one: stop the work. */
    void lost(Lease lease);
}
