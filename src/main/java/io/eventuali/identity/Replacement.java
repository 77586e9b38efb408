package io.eventuali.identity;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The database holds another log than before. Those who are told of it note here what that means for others. */
public final class Replacement {
    private static final int MAX_EFFECTS = 1_000;

    private final LogMark from;
    private final LogMark to;
    private final OptionalLong incident;
    private final long common;
    private final Map<String, Effect> effects = new LinkedHashMap<>();

    Replacement(LogMark from, LogMark to, OptionalLong incident, long common) {
        this.common = common;
        this.from = from;
        this.to = to;
        this.incident = incident;
    }

    /** The furthest that was seen of the log before. */
    public LogMark from() {
        return from;
    }

    /** The log that there is now. */
    public LogMark to() {
        return to;
    }

    /** Number of the entry in the list of incidents. */
    public OptionalLong incident() {
        return incident;
    }

    /** The last position that both logs may share: where the other one ended when it was found. */
    public long common() {
        return common;
    }

    /** Notes an effect, the newest one of each name, as long as there is room for it. */
    public synchronized void note(String kind, String name, long position, String detail) {
        String key = kind + " " + name;
        Effect known = effects.get(key);
        if (known == null ? effects.size() < MAX_EFFECTS : known.position() < position) {
            effects.put(key, new Effect(kind, name, position, detail));
        }
    }

    /** What was noted. */
    public synchronized List<Effect> effects() {
        return List.copyOf(effects.values());
    }

    /**
     * What the replacement means for somebody.
     *
     * @param kind {@code event}, {@code saga}, {@code projection}, {@code consumer} or {@code kafka}
     * @param name of whom it is about
     * @param position of theirs in the log before
     */
    public record Effect(String kind, String name, long position, String detail) {}
}
