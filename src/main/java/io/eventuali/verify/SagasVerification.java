package io.eventuali.verify;

import io.eventuali.saga.SagaOperations;
import io.eventuali.saga.SagaQuery;
import io.eventuali.saga.SagaSummary;
import io.eventuali.store.EventStoreException;
import io.smallrye.mutiny.TimeoutException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Whether the stream of each saga that is listed still tells how it stands. */
@Singleton
class SagasVerification {
    private static final int PAGE = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SagaOperations sagas;

    SagasVerification(SagaOperations sagas) {
        this.sagas = sagas;
    }

    void run(Findings findings, BooleanSupplier goOn) {
        Optional<SagaQuery.Cursor> after = Optional.empty();
        List<SagaSummary> page;
        do {
            page = sagas.list(
                            new SagaQuery(Optional.empty(), Set.of(), Optional.empty(), Optional.empty(), after, PAGE))
                    .await()
                    .atMost(PATIENCE);
            for (SagaSummary saga : page) {
                if (!goOn.getAsBoolean()) {
                    return;
                }
                lookAt(saga, findings);
            }
            if (!page.isEmpty()) {
                SagaSummary last = page.get(page.size() - 1);
                after = Optional.of(new SagaQuery.Cursor(last.startedAt(), last.sagaId()));
            }
        } while (page.size() == PAGE);
    }

    private boolean isThere(SagaSummary saga) {
        return sagas.show(saga.type(), saga.sagaId()).await().atMost(PATIENCE).isPresent();
    }

    private void lookAt(SagaSummary saga, Findings findings) {
        String wrong;
        try {
            // Looked at twice: one that begins between the reads of a look is there in the next.
            wrong = isThere(saga) || isThere(saga) ? null : "it has no stream that begins a saga";
        } catch (EventStoreException.Unavailable | TimeoutException outage) {
            // Nothing was found, and nothing is known: the recount fails.
            throw outage;
        } catch (RuntimeException failed) {
            wrong = failed.getMessage();
        }
        if (wrong != null) {
            findings.add(
                    "sagas", 0, 0, "the saga %s %s cannot be read: %s".formatted(saga.type(), saga.sagaId(), wrong));
        }
    }
}
