package io.eventuali.http;

import io.eventuali.event.StreamId;
import io.eventuali.security.Grant;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.store.engine.StreamTypes;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/**
 * Tells whether a stream is there for a reader: if one of its events is granted. That takes as long for a stream of which nothing is
 * granted as for one that does not exist, however long it is.
 */
@Singleton
class StreamSight {
    private final EngineStore store;

    StreamSight(EngineStore store) {
        this.store = store;
    }

    Uni<Sight> of(StreamId stream, Grant grant) {
        if (grant.isUnrestricted()) {
            return Uni.createFrom().item(Sight.VISIBLE);
        }
        if (!grant.acceptsAggregateType(stream.aggregateType())) {
            return Uni.createFrom().item(Sight.HIDDEN);
        }
        return store.eventTypes(stream).map(found -> found.map(types -> sight(stream.aggregateType(), types, grant))
                .orElse(Sight.HIDDEN));
    }

    private static Sight sight(String aggregateType, StreamTypes types, Grant grant) {
        if (types.types().stream().anyMatch(type -> grant.accepts(aggregateType, type))) {
            return Sight.VISIBLE;
        }
        return types.complete() ? Sight.HIDDEN : Sight.UNDECIDED;
    }

    enum Sight {
        /** One of its events is granted. */
        VISIBLE,
        /** None is, or there is no such stream. */
        HIDDEN,
        /** It has more types of events than are remembered: only the events themselves tell. */
        UNDECIDED
    }
}
