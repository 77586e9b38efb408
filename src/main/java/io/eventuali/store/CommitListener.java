package io.eventuali.store;

/** Is told what this replica committed, and that others may have committed. Calls must return at once. */
public interface CommitListener {

    /**
     * The log of the database is open and ends at {@code head}. Called before anything else, and again after a connection to
     * the database was lost: a restored or failed-over server may hold another log.
     */
    void opened(LogHead head);

    /** This replica committed a batch. Batches come in log order, but not without gaps: other replicas write too. */
    void committed(CommittedBatch batch);

    /** The log may have grown, by whomever: a wake-up, never a promise. */
    void rung();
}
