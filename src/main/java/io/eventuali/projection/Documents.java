package io.eventuali.projection;

import io.eventuali.task.Failure;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where a projection's documents and its checkpoint are kept, as its owner sees it. Used by one at a time. */
interface Documents<S> {

    /** Takes over, and tells where to go on. The Uni fails with {@link OwnershipLostException} if another one did later. */
    Uni<Checkpoint> open();

    /** The documents of these keys, as far as there are any. */
    Uni<Map<String, Loaded<S>>> load(Set<String> keys);

    /** Changes documents, dead letters and checkpoint in one transaction; fails with {@link CheckpointMovedException} if it may not. */
    Uni<Void> commit(Batch<S> batch);

    /**
     * Has readers see these documents from now on, if all of their partitions have come as far as those that
     * readers see.
     *
     * @return empty if these documents have to go on first
     */
    Uni<Optional<ServedFrom>> promote();

    /** Remembers why the projection halted. */
    Uni<Void> halt(HandlerFailure failure);

    /** Forgets documents in memory that a failed handler may have changed. */
    void forget();

    /** Dead letters for which an operator asked something. */
    Uni<List<DeadLetter>> requested();

    /** The oldest dead letter of a key. */
    Uni<Optional<DeadLetter>> firstDeadLetter(String key);

    /** A dead letter was tried in vain; those of its key that follow are not tried then. */
    Uni<Void> failedAgain(DeadLetter letter, Failure reason);
}
