package io.eventuali.verify;

import io.eventuali.projection.DocumentsCheck;
import io.eventuali.store.EventStoreException.LogDamaged;
import jakarta.inject.Singleton;
import java.util.function.BooleanSupplier;

/** Whether documents of projections are what their events come to. */
@Singleton
class ProjectionsVerification {
    private final DocumentsCheck documents;

    ProjectionsVerification(DocumentsCheck documents) {
        this.documents = documents;
    }

    void run(Findings findings, BooleanSupplier goOn) {
        try {
            documents.run(
                    (projection, key, position) -> findings.add(
                            "projections",
                            0,
                            position,
                            "the document %s of %s is not what its events come to".formatted(key, projection)),
                    goOn);
        } catch (LogDamaged damaged) {
            // That is among the findings already, and behind it nothing can be compared.
            findings.add("projections", 0, 0, "documents could not be compared: " + damaged.getMessage());
        }
    }
}
