package io.eventuali.verify;

import java.util.ArrayList;
import java.util.List;

/** What was found: all of it counted, the first of it kept. Safe for several threads. */
final class Findings {
    /** Findings that are kept. */
    static final int KEPT = 1_000;

    private final List<Finding> first = new ArrayList<>();
    private Finding latest;
    private long count;

    /** Adds one. What goes on right behind the one before is the same. */
    synchronized void add(String check, long from, long to, String detail) {
        boolean goesOn = latest != null
                && latest.check().equals(check)
                && latest.detail().equals(detail)
                && latest.last() + 1 == from
                && from > 0;
        Finding added = new Finding(check, goesOn ? latest.first() : from, to, detail);
        if (!goesOn) {
            count++;
        } else if (!first.isEmpty() && first.get(first.size() - 1).equals(latest)) {
            first.remove(first.size() - 1);
        }
        if (first.size() < KEPT && (!goesOn || count <= KEPT)) {
            first.add(added);
        }
        latest = added;
    }

    synchronized long count() {
        return count;
    }

    synchronized List<Finding> list() {
        return List.copyOf(first);
    }
}
