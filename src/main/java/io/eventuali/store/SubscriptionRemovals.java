package io.eventuali.store;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.Consumer;

/** Which subscriptions an operator ended for good. Kept in the database, so that every replica refuses them. */
public interface SubscriptionRemovals {

    /** Remembers that this subscription was removed, and tells the other replicas. */
    Uni<Void> remove(String subscriptionId);

    /** Has the listener called with each id that another replica removes; on any thread, so it must return at once. */
    void onRemoved(Consumer<String> listener);

    /** Whether this subscription was removed less than {@code memory} ago. */
    Uni<Boolean> isRemoved(String subscriptionId, Duration memory);
}
