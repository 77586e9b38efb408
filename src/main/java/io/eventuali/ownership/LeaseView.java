package io.eventuali.ownership;

import java.util.Map;
import java.util.Set;

/**
 * Leases and replicas as the database saw them at one moment.
 *
 * @param wanted living replicas, each with the names of the leases that it wants
 * @param held leases that have not expired, each with its owner
 */
record LeaseView(Map<String, Set<String>> wanted, Map<String, String> held) {
    LeaseView {
        wanted = Map.copyOf(wanted);
        held = Map.copyOf(held);
    }
}
