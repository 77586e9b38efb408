package io.eventuali.projection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What tests of projections are about: a balance for each account of a ledger. Aggregate types that begin otherwise are not looked at. */
@ApplicationScoped
class Ledger extends Projection<Ledger.Balance> {
    static final String NAME = "ledger";
    /** Accounts whose events fail for the time being. */
    static final Set<String> BROKEN = ConcurrentHashMap.newKeySet();

    /** Accounts of the deposits that had effects elsewhere, each as often as they had. */
    static final List<String> EFFECTS = new CopyOnWriteArrayList<>();

    private static final String TYPE = "Ledger-";

    /** One document. */
    record Balance(long amount, int entries, String history) {
        static final Balance NONE = new Balance(0, 0, "");

        Balance plus(long more) {
            return new Balance(amount + more, entries + 1, history + (history.isEmpty() ? "" : ",") + more);
        }
    }

    /** Data of an event. */
    record Deposited(long amount) {}

    Ledger() {
        super(NAME, Balance.class);
        filterByAggregateType(TYPE + "*");
        onPoison(PoisonPolicy.PARK);
        on("Deposited", Deposited.class, (balance, e) -> {
            if (BROKEN.contains(e.aggregateId())) {
                throw new IllegalStateException("the account is broken");
            }
            if (!e.isReplay()) {
                EFFECTS.add(e.aggregateId());
            }
            return or(balance).plus(e.data().amount());
        });
        onAsync("Withdrawn", Deposited.class, (balance, e) -> Uni.createFrom()
                .item(() -> or(balance).plus(-e.data().amount())));
        on("Closed", (balance, e) -> null);
        on("Inflated", (balance, e) -> new Balance(0, 0, "x".repeat(2 << 20)));
        on("Slept", (balance, e) -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            return balance;
        });
        upcast("Deposited", 1, data -> ((ObjectNode) data)
                .put("amount", data.path("amount").asLong(0)));
        upcast("Deposited", 2, data -> data);
    }

    private static Balance or(Balance balance) {
        return balance == null ? Balance.NONE : balance;
    }
}
