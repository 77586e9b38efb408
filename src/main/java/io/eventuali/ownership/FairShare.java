package io.eventuali.ownership;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which leases a replica should claim and which it should give back, so that all do about the same. Every replica decides for
 * itself from what it sees; when their views differ for a moment, the database lets one of them win.
 *
 * @param claim free leases that are this replica's turn
 * @param giveBack leases that this replica holds and another one, which has at least two fewer, also wants
 */
record FairShare(List<String> claim, List<String> giveBack) {
    FairShare {
        claim = List.copyOf(claim);
        giveBack = List.copyOf(giveBack);
    }

    static FairShare of(String me, LeaseView view) {
        Map<String, Integer> load = new TreeMap<>();
        view.wanted().keySet().forEach(replica -> load.put(replica, 0));
        view.held().values().forEach(owner -> load.computeIfPresent(owner, (replica, count) -> count + 1));

        List<String> claim = new ArrayList<>();
        for (String free : free(view)) {
            idlest(free, view, load).ifPresent(replica -> {
                load.merge(replica, 1, Integer::sum);
                if (replica.equals(me)) {
                    claim.add(free);
                }
            });
        }

        List<String> giveBack = new ArrayList<>();
        for (String name : heldBy(me, view)) {
            idlest(name, view, load)
                    .filter(replica -> load.get(replica) + 1 < load.getOrDefault(me, 0))
                    .ifPresent(replica -> {
                        load.merge(me, -1, Integer::sum);
                        load.merge(replica, 1, Integer::sum);
                        giveBack.add(name);
                    });
        }
        return new FairShare(claim, giveBack);
    }

    private static Set<String> free(LeaseView view) {
        Set<String> names = new TreeSet<>();
        view.wanted().values().forEach(names::addAll);
        names.removeAll(view.held().keySet());
        return names;
    }

    private static Set<String> heldBy(String me, LeaseView view) {
        Set<String> names = new TreeSet<>();
        view.held().forEach((name, owner) -> {
            if (owner.equals(me)) {
                names.add(name);
            }
        });
        return names;
    }

    private static Optional<String> idlest(String name, LeaseView view, Map<String, Integer> load) {
        return load.keySet().stream()
                .filter(replica -> view.wanted().get(replica).contains(name))
                .min(Comparator.<String>comparingInt(load::get).thenComparing(Comparator.naturalOrder()));
    }
}
