package io.eventuali.ops;

import io.quarkus.runtime.configuration.MemorySize;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.Config;

/**
 * What values a key may have.
 *
 * @param key of the configuration
 * @param type of its value
 * @param accepts whether a value is one of them
 * @param remedy what they are, for somebody who gave another one
 */
record Bound<T>(String key, Class<T> type, Predicate<T> accepts, String remedy) {

    /** A whole number, 1 or more. */
    static Bound<Integer> number(String key) {
        return number(key, 1, Integer.MAX_VALUE);
    }

    /** A whole number, both ends included. */
    static Bound<Integer> number(String key, int least, int most) {
        return new Bound<>(
                key,
                Integer.class,
                value -> value >= least && value <= most,
                most == Integer.MAX_VALUE
                        ? "it must be %d or more".formatted(least)
                        : "it must be from %d to %d".formatted(least, most));
    }

    /** At least a byte. */
    static Bound<MemorySize> size(String key) {
        return new Bound<>(
                key, MemorySize.class, value -> value.asLongValue() > 0, "it must be more than 0, such as 64M");
    }

    /** Longer than nothing. */
    static Bound<Duration> time(String key) {
        return new Bound<>(
                key,
                Duration.class,
                value -> !value.isNegative() && !value.isZero(),
                "it must be more than 0, such as 10s");
    }

    /** Not negative. */
    static Bound<Duration> timeOrNone(String key) {
        return new Bound<>(key, Duration.class, value -> !value.isNegative(), "it must be 0 or more, such as 20ms");
    }

    /** What is wrong with the value that is set under a key, which is this one or one that it stands for. */
    Optional<String> complaint(Config config, String actualKey) {
        return config.getOptionalValue(actualKey, type).filter(accepts.negate()).map(value -> "%s is %s; %s"
                .formatted(actualKey, config.getConfigValue(actualKey).getValue(), remedy));
    }
}
