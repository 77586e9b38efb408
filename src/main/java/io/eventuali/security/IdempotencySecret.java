package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.sql.Statements;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;

/** The secret of the log from which event ids for an {@code Idempotency-Key} are made, the same at every replica and for ever. */
@Singleton
public class IdempotencySecret {
    private static final String READ = "SELECT secret FROM idempotency_secret";

    private final Statements statements;
    private volatile byte[] known;

    IdempotencySecret(Statements statements) {
        this.statements = statements;
    }

    /**
     * 32 random bytes; not to be changed. Read from the database once.
     *
     * @throws AccessRefusedException (the Uni fails with it) if the database does not answer
     */
    public Uni<byte[]> get() {
        byte[] secret = known;
        return secret != null
                ? Uni.createFrom().item(secret)
                : statements
                        .execute(READ, Tuple.tuple())
                        .map(rows -> rows.iterator().next().getBuffer(0).getBytes())
                        .invoke(read -> known = read)
                        .onFailure()
                        .transform(cause -> new AccessRefusedException(
                                Reason.UNAVAILABLE, "the database did not answer about an Idempotency-Key"));
    }
}
