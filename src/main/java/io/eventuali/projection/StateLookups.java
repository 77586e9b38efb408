package io.eventuali.projection;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Looks documents of one projection up for many followers: what is asked while a query is under way shares the next one, so
 * thousands that wake together cause one query, not one each.
 */
final class StateLookups {
    private final Function<Collection<String>, Uni<StatesAt>> query;
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean asking;

    StateLookups(Function<Collection<String>, Uni<StatesAt>> query) {
        this.query = query;
    }

    /** Documents of these keys, and maybe of others, as they are at a moment after this call. */
    Uni<StatesAt> look(Set<String> keys) {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                waiting.add(new Waiting(keys, emitter));
                if (asking) {
                    return;
                }
                asking = true;
            }
            ask();
        });
    }

    private void ask() {
        List<Waiting> asked;
        Set<String> keys = new HashSet<>();
        synchronized (this) {
            if (waiting.isEmpty()) {
                asking = false;
                return;
            }
            asked = List.copyOf(waiting);
            waiting.clear();
        }
        asked.forEach(one -> keys.addAll(one.keys()));
        query.apply(keys)
                .subscribe()
                .with(
                        states -> {
                            asked.forEach(one -> one.emitter().complete(states));
                            ask();
                        },
                        failure -> {
                            asked.forEach(one -> one.emitter().fail(failure));
                            ask();
                        });
    }

    private record Waiting(Set<String> keys, UniEmitter<? super StatesAt> emitter) {}
}
