package io.eventuali.security;

import io.eventuali.stream.Permission;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Holds as long as a key gives what it gave when the request came: the key is one of the good ones, its end has not come, what it may do now
 * allows the operation, and it still grants all that was granted then. A grant that was widened changes nothing.
 */
final class KeyPermission implements Permission {
    private final ApiKeys keys;
    private final ApiKey.Reference reference;
    private final Grant granted;
    private final Predicate<Access> allows;
    /** What was looked at in full before: keys change seldom, and this is asked four times a second for each stream. */
    private volatile ApiKey approved;

    KeyPermission(ApiKeys keys, ApiKey.Reference reference, Grant granted, Predicate<Access> allows) {
        this.keys = keys;
        this.reference = reference;
        this.granted = granted;
        this.allows = allows;
    }

    @Override
    public boolean holds(Instant now) {
        Optional<ApiKey> known = keys.get(reference).filter(key -> key.isGood(now));
        if (known.isEmpty()) {
            return false;
        }
        ApiKey key = known.get();
        if (key != approved) {
            if (!key.grant().covers(granted) || !allows.test(keys.access(key, reference))) {
                return false;
            }
            approved = key;
        }
        return true;
    }
}
