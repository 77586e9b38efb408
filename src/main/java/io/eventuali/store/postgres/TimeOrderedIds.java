package io.eventuali.store.postgres;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import jakarta.inject.Singleton;
import java.util.UUID;

/** Gives UUIDv7 ids (RFC 9562): ordered by time, so that they cost the index on event ids less than random ones. */
@Singleton
class TimeOrderedIds {
    private final TimeBasedEpochGenerator generator = Generators.timeBasedEpochGenerator();

    UUID next() {
        return generator.generate();
    }
}
