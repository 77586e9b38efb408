package io.eventuali.ownership;

/**
 * The right to do a piece of work, until it is lost. What the owner writes has to be checked against the epoch in the
 * transaction that writes it, because a process that was frozen does not notice that it lost the lease.
 *
 * @param name the piece of work
 * @param epoch higher than that of every earlier owner
 */
public record Lease(String name, long epoch) {}
