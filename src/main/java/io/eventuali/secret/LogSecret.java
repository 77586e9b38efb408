package io.eventuali.secret;

import io.eventuali.sql.Statements;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.sqlclient.Tuple;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The secret of the log, the same at every replica and for ever; each use has a key of its own made of it. It is read when the replica
 * starts, and again now and then, as another database has another one.
 */
@Singleton
public class LogSecret {
    /** Selects the secret, to be given to {@link Use#key}. */
    public static final String SECRET = "SELECT secret FROM log_secret";

    private static final Duration REREAD = Duration.ofMinutes(1);
    private static final Duration REREAD_TIMEOUT = Duration.ofSeconds(30);

    private final Statements statements;
    private final Tasks tasks;
    private Cancellable reread = () -> {};
    private volatile byte[] secret;

    LogSecret(Statements statements, Tasks tasks) {
        this.statements = statements;
        this.tasks = tasks;
    }

    /** After the store has migrated the database, and before anything is asked of the service. */
    void open(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE + 1) StartupEvent starting) {
        read().await().indefinitely();
        reread = tasks.every("log-secret", Rhythm.steady(REREAD, REREAD_TIMEOUT), this::read);
    }

    void stop(@Observes ShutdownEvent stopping) {
        reread.cancel();
    }

    private Uni<Void> read() {
        return statements
                .execute(SECRET, Tuple.tuple())
                .invoke(rows -> secret = rows.iterator().next().getBuffer(0).getBytes())
                .replaceWithVoid();
    }

    /** The key for a use: 32 bytes. */
    public byte[] key(Use use) {
        return use.key(secret);
    }

    /** Ids that are made with the key for a use. */
    public DerivedIds ids(Use use) {
        return new DerivedIds(key(use));
    }

    /** Numbers that are sealed with the key for a use. */
    public SealedNumbers numbers(Use use) {
        return new SealedNumbers(key(use));
    }

    /** What a key is for. A key for one thing tells nothing of that for another. */
    public enum Use {
        /** The seal of tickets. */
        TICKETS,
        /** Event ids for an {@code Idempotency-Key}. */
        IDEMPOTENCY_KEYS,
        /** Event ids for CloudEvents whose own id is no UUID. */
        CLOUD_EVENTS,
        /** Ids of the first events of sagas. */
        SAGAS,
        /** Where a list goes on. */
        LISTS;

        /** The key that is made of a secret for this. */
        public byte[] key(byte[] secret) {
            return Hmac.of(secret, name().getBytes(StandardCharsets.US_ASCII));
        }
    }
}
