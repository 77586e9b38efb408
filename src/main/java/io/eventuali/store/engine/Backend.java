package io.eventuali.store.engine;

import java.util.OptionalDouble;

/**
 * A session of the database.
 *
 * @param pid its process at the server; 0 for a prepared transaction, which has none
 * @param application the name that it goes by; of a prepared transaction what it is, and its gid
 * @param user its role
 * @param client address that it came from; empty if it came over a local socket, or the role of this service may not see it
 * @param state such as {@code active} or {@code idle in transaction}; empty if the role of this service may not see it
 * @param age seconds since its transaction began; empty if it has none, or the role of this service may not see it
 */
public record Backend(int pid, String application, String user, String client, String state, OptionalDouble age) {}
