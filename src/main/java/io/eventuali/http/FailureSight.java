package io.eventuali.http;

import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.eventuali.task.Failure;
import java.util.Optional;

/**
 * What a request is shown of failures. Their texts may quote events and documents, so they are for readers; operators see the kind of
 * each instead.
 */
public final class FailureSight {
    private final boolean texts;

    private FailureSight(boolean texts) {
        this.texts = texts;
    }

    /** For failures of something that the rules of access have let the request see, such as a projection. */
    public static FailureSight of(Access access) {
        return new FailureSight(access.isReader());
    }

    /** For failures that may have to do with anything. */
    static FailureSight ofAnything(Access access) {
        Grant grant = access.grant();
        return new FailureSight(access.isReader() && grant.isUnrestricted() && grant.acceptsEveryProjection());
    }

    /** Whether texts are shown. */
    boolean texts() {
        return texts;
    }

    String of(Failure failure) {
        return texts ? failure.text() : failure.kind();
    }

    /** The same; null for none. */
    String of(Optional<Failure> failure) {
        return failure.map(this::of).orElse(null);
    }
}
