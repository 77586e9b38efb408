package io.eventuali.store.postgres;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StrictJson;
import io.eventuali.event.StrictJson.Violation;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.StoreConfig;
import java.util.List;
import java.util.Optional;

/** What the store demands of a request before it may wait in the queue. What passes here can only fail for reasons of order. */
final class JsonRules {
    private final StoreConfig.Limits limits;
    private final long eventBytes;

    JsonRules(StoreConfig.Limits limits) {
        this.limits = limits;
        this.eventBytes = limits.eventBytes().asLongValue();
    }

    /**
     * Checks a request.
     *
     * @return the characters of JSON it holds, a measure of what it costs to keep it waiting
     * @throws InvalidEventException naming the field and the rule
     * @throws EventTooLargeException if an event's data or metadata is too large
     */
    long check(AppendRequest request) {
        if (request.eventCount() > limits.requestEvents()) {
            throw new InvalidEventException(
                    "events",
                    "must be at most %d in one request, not %d"
                            .formatted(limits.requestEvents(), request.eventCount()));
        }
        long size = 0;
        List<StreamAppend> appends = request.appends();
        for (int a = 0; a < appends.size(); a++) {
            StreamAppend append = appends.get(a);
            String at = appends.size() > 1 ? "appends[" + a + "]." : "";
            length(at + "aggregateType", append.stream().aggregateType());
            length(at + "aggregateId", append.stream().aggregateId());
            for (int e = 0; e < append.events().size(); e++) {
                NewEvent event = append.events().get(e);
                String field = at + "events[" + e + "].";
                length(field + "eventType", event.eventType());
                size += check(field + "data", event.data(), false) + check(field + "metadata", event.metadata(), true);
            }
        }
        return size;
    }

    private void length(String field, String name) {
        if (name.length() > limits.nameLength()) {
            throw new InvalidEventException(field, "must have at most " + limits.nameLength() + " characters");
        }
    }

    private long check(String field, JsonText value, boolean object) {
        String text = value.text();
        // Only near the limit does it matter how many bytes a character takes.
        if (text.length() * 3L > eventBytes && utf8Length(text) > eventBytes) {
            throw new EventTooLargeException(field, eventBytes);
        }
        Optional<Violation> broken = StrictJson.violation(text, limits.jsonDepth());
        if (broken.isPresent()) {
            throw broken.get().in(field);
        }
        if (object && !text.stripLeading().startsWith("{")) {
            throw new InvalidEventException(field, "must be a JSON object");
        }
        return text.length();
    }

    private static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
