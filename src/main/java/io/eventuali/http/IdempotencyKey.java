package io.eventuali.http;

import io.eventuali.event.NewEvent;
import io.eventuali.secret.DerivedIds;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Derives event ids from the {@code Idempotency-Key} header, so that a client without ids of its own can retry safely.
 *
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">the draft of the IETF</a>
 */
final class IdempotencyKey {
    static final String HEADER = "Idempotency-Key";

    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private IdempotencyKey() {}

    /** Refuses what is no key, as a problem. */
    static void check(String key) {
        if (!KEY.matcher(key).matches()) {
            throw Problems.invalid(HEADER, "must be 1 to 255 printable ASCII characters without spaces");
        }
    }

    /**
     * The request with an id for each event that has none: derived from the key, its place in the request, who asks, and the streams of the
     * request. So the same key of another client, or for other streams, is another key.
     *
     * @param ids which others cannot work out: an id that they can they could use before, or ask for
     * @param principal who asks, the same for each credential of one client
     */
    static AppendRequest apply(String key, DerivedIds ids, String principal, List<StreamAppend> appends) {
        String scope = scope(key, principal, appends);
        int nth = 0;
        List<StreamAppend> named = new ArrayList<>();
        for (StreamAppend append : appends) {
            List<NewEvent> events = new ArrayList<>();
            for (NewEvent event : append.events()) {
                UUID derived = ids.of(nth++ + ":" + scope);
                events.add(event.eventId().isPresent() ? event : event.withId(derived));
            }
            named.add(new StreamAppend(append.stream(), append.expected(), events));
        }
        return new AppendRequest(named, Optional.of(ids.of(nth + ":" + scope)));
    }

    /** The id of the saga of a type that a key is meant to start. */
    static UUID sagaId(String key, DerivedIds ids, String principal, String type) {
        return ids.of("saga:" + key + '\n' + principal + '\n' + type);
    }

    /** No two different ones are the same text: names have no line breaks, nor have keys and principals. */
    private static String scope(String key, String principal, List<StreamAppend> appends) {
        StringBuilder scope = new StringBuilder(key).append('\n').append(principal);
        for (StreamAppend append : appends) {
            scope.append('\n').append(append.stream().aggregateType());
            scope.append('\n').append(append.stream().aggregateId());
        }
        return scope.toString();
    }
}
