package io.eventuali.verify;

import io.smallrye.config.ConfigMapping;
import java.time.LocalTime;
import java.util.Optional;

/** When the log is recounted by itself. */
@ConfigMapping(prefix = "eventuali.verify")
interface VerifyConfig {
    /** Time of the day, in UTC, at which one replica recounts the whole log, such as {@code 03:00}. Never when not set. */
    Optional<LocalTime> dailyAt();
}
