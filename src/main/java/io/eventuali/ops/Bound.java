package io.eventuali.ops;

import io.eventuali.event.InvalidEventException;
import io.eventuali.stream.NamePattern;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.SmallRyeConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What values a key may have.
 *
 * @param key of the configuration
 * @param type of its value, or of each of them
 * @param list whether there may be several
 * @param accepts whether a value is one of them
 * @param remedy what they are, for somebody who gave another one
 */
record Bound<T>(String key, Class<T> type, boolean list, Predicate<T> accepts, String remedy) {
    /** Far above what makes sense, far below what overflows in some unit. */
    private static final Duration LONGEST = Duration.ofDays(3_650);

    /** A whole number, 1 or more. */
    static Bound<Integer> number(String key) {
        return number(key, 1, Integer.MAX_VALUE);
    }

    /** A whole number, both ends included. */
    static Bound<Integer> number(String key, int least, int most) {
        return new Bound<>(
                key,
                Integer.class,
                false,
                value -> value >= least && value <= most,
                most == Integer.MAX_VALUE
                        ? "it must be %d or more".formatted(least)
                        : "it must be from %d to %d".formatted(least, most));
    }

    /** At least a byte. */
    static Bound<MemorySize> size(String key) {
        return new Bound<>(
                key, MemorySize.class, false, value -> value.asLongValue() > 0, "it must be more than 0, such as 64M");
    }

    /** Longer than nothing. */
    static Bound<Duration> time(String key) {
        return new Bound<>(
                key,
                Duration.class,
                false,
                value -> !value.isNegative() && !value.isZero() && isShort(value),
                "it must be more than 0, such as 10s, and at most 3650d");
    }

    /** A time, both ends included. */
    static Bound<Duration> time(String key, Duration least, Duration most) {
        return new Bound<>(
                key,
                Duration.class,
                false,
                value -> value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                "it must be from %dms to %ds".formatted(least.toMillis(), most.toSeconds()));
    }

    /** Not negative. */
    static Bound<Duration> timeOrNone(String key) {
        return new Bound<>(
                key,
                Duration.class,
                false,
                value -> !value.isNegative() && isShort(value),
                "it must be 0 or more, such as 20ms, and at most 3650d");
    }

    private static boolean isShort(Duration value) {
        return value.compareTo(LONGEST) <= 0;
    }

    /** A word of a certain form. */
    static Bound<String> text(String key, String form, String remedy) {
        return texts(key, false, form, remedy);
    }

    /** Words of a certain form. */
    static Bound<String> texts(String key, String form, String remedy) {
        return texts(key, true, form, remedy);
    }

    private static Bound<String> texts(String key, boolean list, String form, String remedy) {
        Pattern pattern = Pattern.compile(form);
        return new Bound<>(
                key, String.class, list, value -> pattern.matcher(value).matches(), remedy);
    }

    /** Patterns of names, as filters have them. */
    static Bound<String> patterns(String key) {
        return new Bound<>(
                key,
                String.class,
                true,
                Bound::isPattern,
                "each must have 1 to 300 printable characters and at most 16 stars");
    }

    private static boolean isPattern(String value) {
        try {
            NamePattern.of(value);
            return true;
        } catch (InvalidEventException none) {
            return false;
        }
    }

    /** What is wrong with the value that is set under a key, which is this one or one that it stands for. */
    Optional<String> complaint(SmallRyeConfig config, String actualKey) {
        List<T> values = values(config, actualKey);
        String text = config.getConfigValue(actualKey).getValue();
        if (list && values.isEmpty() && text != null && !text.isEmpty()) {
            // Such a list would be taken for none, which for a filter is everything.
            return Optional.of(
                    "%s is %s, which names nothing; name something, or remove it".formatted(actualKey, text));
        }
        return values.stream().filter(accepts.negate()).findFirst().map(value -> "%s is %s; %s"
                .formatted(actualKey, said(config, actualKey, value), remedy));
    }

    private List<T> values(SmallRyeConfig config, String actualKey) {
        return list
                ? config.getOptionalValues(actualKey, type, ArrayList::new).orElseGet(ArrayList::new)
                : config.getOptionalValue(actualKey, type).stream().toList();
    }

    private String said(SmallRyeConfig config, String actualKey, T value) {
        return list ? value.toString() : config.getConfigValue(actualKey).getValue();
    }
}
