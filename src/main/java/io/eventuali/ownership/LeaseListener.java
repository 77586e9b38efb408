package io.eventuali.ownership;

/**
 * Is told which leases this replica holds. Calls must return at once; one is made at a time, and they come in the order in which things
 * happened: each {@code lost} is for the lease of the last {@code acquired} of that name.
 */
public interface LeaseListener {

    /** This replica owns the lease from now on. If this throws, the lease counts as lost, and is offered again a moment later. */
    void acquired(Lease lease);

    /** This replica does not own the lease any more, or is about to give it to another one: stop the work. */
    void lost(Lease lease);
}
