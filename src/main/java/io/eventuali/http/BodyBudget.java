package io.eventuali.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The memory that bodies of requests may take, all together and those of one principal. Where it does not suffice, the largest body
 * that is still being sent has to go, be it the one that asks or another: whoever sends many or large bodies slowly cannot keep a
 * small one out.
 */
final class BodyBudget {
    private final long total;
    private final long share;
    private final Map<String, Long> byPrincipal = new HashMap<>();
    private final Set<Hold> unfinished = new HashSet<>();
    private long used;

    BodyBudget(long total, long share) {
        this.total = total;
        this.share = share;
    }

    /**
     * Begins to count a body.
     *
     * @param principal whose it is
     * @param breakOff called, by any thread, when the body has to make room; its memory counts as free from then on
     */
    Hold open(String principal, Runnable breakOff) {
        return new Hold(principal, breakOff);
    }

    /** Bytes that are taken. */
    synchronized long used() {
        return used;
    }

    /** What one body takes. */
    final class Hold {
        private final String principal;
        private final Runnable breakOff;
        private long bytes;
        private boolean over;

        private Hold(String principal, Runnable breakOff) {
            this.principal = principal;
            this.breakOff = breakOff;
        }

        /** Takes more memory. @return whether there is any; if not, this body has to go */
        boolean grow(long more) {
            List<Hold> broken = new ArrayList<>();
            boolean granted;
            synchronized (BodyBudget.this) {
                granted = !over && makeRoom(more, broken);
                if (granted) {
                    take(more);
                    unfinished.add(this);
                }
            }
            broken.forEach(hold -> hold.breakOff.run());
            return granted;
        }

        private boolean makeRoom(long more, List<Hold> broken) {
            while (mine() + more > share || used + more > total) {
                boolean others = mine() + more <= share;
                Optional<Hold> largest = unfinished.stream()
                        .filter(hold -> others || hold.principal.equals(principal))
                        .max(Comparator.comparingLong(hold -> hold.bytes));
                if (largest.isEmpty() || largest.get() == this || largest.get().bytes <= bytes + more) {
                    return false;
                }
                largest.get().release();
                broken.add(largest.get());
            }
            return true;
        }

        private long mine() {
            return byPrincipal.getOrDefault(principal, 0L);
        }

        private void take(long more) {
            bytes += more;
            used += more;
            byPrincipal.merge(principal, more, Long::sum);
            byPrincipal.remove(principal, 0L);
        }

        /** The body has come to its end: it is kept until it is released. */
        void complete(long size) {
            synchronized (BodyBudget.this) {
                if (!over) {
                    unfinished.remove(this);
                    take(size - bytes);
                }
            }
        }

        /** Gives everything back; again is harmless. */
        void release() {
            synchronized (BodyBudget.this) {
                if (!over) {
                    take(-bytes);
                    unfinished.remove(this);
                    over = true;
                }
            }
        }
    }
}
