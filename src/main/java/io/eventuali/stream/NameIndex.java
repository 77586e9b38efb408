package io.eventuali.stream;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Finds what is filed under patterns that may match a name, by the whole name or by what comes before the first star. */
final class NameIndex<T> {
    private final Map<String, Set<T>> exact = new HashMap<>();
    /** By length of the prefix; there are few lengths, and each costs one look-up. */
    private final TreeMap<Integer, Map<String, Set<T>>> prefixes = new TreeMap<>();

    /**
     * Files a value under each of the patterns.
     *
     * @return false, and nothing is filed, if there is no pattern or one begins with a star
     */
    boolean add(List<NamePattern> patterns, T value) {
        if (!isIndexable(patterns)) {
            return false;
        }
        for (NamePattern pattern : patterns) {
            names(pattern)
                    .computeIfAbsent(pattern.prefix(), name -> new LinkedHashSet<>())
                    .add(value);
        }
        return true;
    }

    void remove(List<NamePattern> patterns, T value) {
        if (!isIndexable(patterns)) {
            return;
        }
        for (NamePattern pattern : patterns) {
            names(pattern).computeIfPresent(pattern.prefix(), (name, values) -> {
                values.remove(value);
                return values.isEmpty() ? null : values;
            });
        }
        prefixes.values().removeIf(Map::isEmpty);
    }

    void find(String name, Consumer<T> action) {
        each(exact, name, action);
        for (Map.Entry<Integer, Map<String, Set<T>>> length : prefixes.entrySet()) {
            if (length.getKey() > name.length()) {
                return;
            }
            each(length.getValue(), name.substring(0, length.getKey()), action);
        }
    }

    boolean isEmpty() {
        return exact.isEmpty() && prefixes.isEmpty();
    }

    private Map<String, Set<T>> names(NamePattern pattern) {
        return pattern.isExact()
                ? exact
                : prefixes.computeIfAbsent(pattern.prefix().length(), length -> new HashMap<>());
    }

    private static boolean isIndexable(List<NamePattern> patterns) {
        return !patterns.isEmpty()
                && patterns.stream().noneMatch(pattern -> pattern.prefix().isEmpty());
    }

    private static <T> void each(Map<String, Set<T>> filed, String name, Consumer<T> action) {
        Set<T> values = filed.get(name);
        if (values != null) {
            values.forEach(action);
        }
    }
}
