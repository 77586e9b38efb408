package io.eventuali.store;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.BiConsumer;

/** Which subscriptions an operator ended for good. Kept in the database, so that every replica refuses them. */
public interface SubscriptionRemovals {

    /**
     * Remembers that this subscription was removed, and tells the other replicas.
     *
     * @param principal whose subscription of this id, in one word; empty for everybody's
     */
    Uni<Void> remove(String subscriptionId, String principal);

    /** Has the listener called with each id and principal that another replica removes; on any thread, so it must return at once. */
    void onRemoved(BiConsumer<String, String> listener);

    /** Whether this subscription of this principal was removed less than {@code memory} ago. */
    Uni<Boolean> isRemoved(String subscriptionId, String principal, Duration memory);
}
