package io.eventuali.stream;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.multi.MultiSelectFirstUntilOtherOp;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The places of this replica. Whatever stays open for a client takes one, and gives it back when it ends in whichever way: subscriptions to
 * events, and the answers that are kept here.
 */
@Singleton
public class Places {
    private final Admission admission;
    private final StreamMeters meters;
    private final Set<Place> held = ConcurrentHashMap.newKeySet();

    Places(StreamConfig config, StreamMeters meters) {
        this.admission = new Admission(config.subscription());
        this.meters = meters;
    }

    /**
     * The same items, on a place that is taken when they are subscribed to.
     *
     * @param projection that they are about; empty for none
     * @return fails with {@link NoPlaceException} if there is no place, or once an operator takes it away
     */
    public <T> Multi<T> on(Place.Kind kind, String projection, Client client, Multi<T> items) {
        return Multi.createFrom().deferred(() -> {
            if (!admit(client)) {
                return Multi.createFrom().failure(NoPlaceException.full());
            }
            Place place = new Place(kind, projection, client);
            held.add(place);
            return new MultiSelectFirstUntilOtherOp<>(items, place.ended())
                    .onItem()
                    .invoke(place::count)
                    .onCompletion()
                    .invoke(place::requireNotEnded)
                    .onTermination()
                    .invoke(() -> giveBack(place));
        });
    }

    private void giveBack(Place place) {
        if (held.remove(place)) {
            release(place.client());
        }
    }

    /** Counts a client in, if there is room. */
    boolean admit(Client client) {
        boolean admitted = admission.admit(client);
        if (!admitted) {
            meters.refused();
        }
        return admitted;
    }

    void release(Client client) {
        admission.release(client);
    }

    /** The places that are held for something else than events, the oldest first. */
    public List<Place> held() {
        return held.stream().sorted(Comparator.comparing(Place::since)).toList();
    }

    /** Takes a place away, if it is one of this replica and, unless that is empty, of this principal. */
    int end(String id, String principal) {
        List<Place> ended = held.stream()
                .filter(place -> place.id().equals(id)
                        && (principal.isEmpty() || place.client().principal().equals(principal)))
                .toList();
        ended.forEach(Place::end);
        return ended.size();
    }
}
