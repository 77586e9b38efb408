package io.eventuali.store;

/** Is told what this replica committed, and that others may have committed. Calls must return at once. */
public interface CommitListener {

    /** The log of the database is open and ends at {@code head}. Called once, before anything else. */
    void opened(LogHead head);

    /** A connection to the database was lost and is back. The server may be another one now, with another log. */
    void reconnected();

    /** This replica committed a batch. Batches come in log order, but not without gaps: other replicas write too. */
    void committed(CommittedBatch batch);

    /** The log may have grown, by whomever: a wake-up, never a promise. */
    void rung();
}
