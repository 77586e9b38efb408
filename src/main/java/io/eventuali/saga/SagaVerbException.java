package io.eventuali.saga;

import java.util.Set;

/** What an operator asks does not fit the state of the saga. Nothing was done. */
public final class SagaVerbException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SagaVerb verb;
    private final SagaStatus status;
    private final transient Set<SagaVerb> allowed;

    SagaVerbException(SagaVerb verb, SagaState saga, String detail) {
        super(detail, null, false, false);
        this.verb = verb;
        this.status = saga.status();
        this.allowed = Set.copyOf(saga.allowedVerbs());
    }

    /** What was asked. */
    public SagaVerb verb() {
        return verb;
    }

    /** The saga's status. */
    public SagaStatus status() {
        return status;
    }

    /** What can be asked instead. */
    public Set<SagaVerb> allowed() {
        return allowed;
    }
}
