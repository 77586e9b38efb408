package io.eventuali.consumer;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.EventStore;
import io.eventuali.store.StoreConfig;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.LogScan;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Durable consumers. Any replica serves any worker; what it answers is in the database. Thread-safe.
 *
 * <p>What is asked of a consumer that is not there fails with {@link ConsumerException.Absent}, and anything with
 * {@link io.eventuali.store.EventStoreException} while the database is away.
 */
@Singleton
public class Consumers {
    private static final int PAGE = 1_000;

    /** Consumers at most. */
    private static final int MAX = 1_000;

    private final ConsumerTable table;
    private final LogScan scan;
    private final EventStore store;
    private final LogIdentity identity;
    private final EventStreamer streamer;
    private final Vertx vertx;
    private final long answerBytes;
    private final Map<String, ConsumerDesk> desks = new ConcurrentHashMap<>();

    Consumers(
            ConsumerTable table,
            LogScan scan,
            EventStore store,
            LogIdentity identity,
            EventStreamer streamer,
            Vertx vertx,
            StoreConfig config) {
        this.table = table;
        this.scan = scan;
        this.store = store;
        this.identity = identity;
        this.streamer = streamer;
        this.vertx = vertx;
        this.answerBytes = config.read().pageBytes().asLongValue();
        streamer.onGrown(() -> desks.values().forEach(desk -> desk.ring(false)));
    }

    void drain(@Observes ShutdownDelayInitiatedEvent stopping) {
        desks.values().forEach(ConsumerDesk::sendHome);
    }

    /**
     * Makes a consumer, or changes its settings. Events that were read under the old ones stay.
     *
     * @param principal who asks for it
     * @return whether it is new; fails with {@link ConsumerException.TooMany}
     */
    public Uni<Boolean> put(String name, NewConsumer consumer, String principal) {
        return position(consumer.start())
                .chain(position -> table.put(name, consumer.settings(), position, MAX, principal))
                .map(fresh -> fresh.orElseThrow(() -> new ConsumerException.TooMany(MAX)))
                .invoke(() -> changed(name));
    }

    private Uni<Long> position(Start start) {
        if (start instanceof Start.At at) {
            return Uni.createFrom().item(at.position());
        }
        if (start instanceof Start.Since since) {
            return store.positionBefore(since.moment()).map(Position::value);
        }
        return store.head().map(head -> head.position());
    }

    private void changed(String name) {
        ConsumerDesk desk = desks.get(name);
        if (desk != null) {
            desk.ring(true);
        }
    }

    /** A consumer; empty if there is none of this name. */
    public Uni<Optional<ConsumerStatus>> show(String name) {
        return table.show(name);
    }

    /** What a consumer wants, without a look at how it is doing; empty if there is none of this name. */
    public Uni<Optional<ConsumerSettings>> settings(String name) {
        return table.state(name).map(found -> found.map(ConsumerTable.DeskState::settings));
    }

    /** All consumers by name. */
    public Uni<List<ConsumerStatus>> list() {
        return table.list();
    }

    /** Removes a consumer with everything that is known of it. */
    public Uni<Void> delete(String name) {
        return found(name, table.delete(name));
    }

    /** Hands out nothing more until it is resumed; what is handed out may be settled. */
    public Uni<Void> pause(String name, String principal) {
        return found(name, table.pause(name, principal));
    }

    /** Goes on after a pause, or after it stopped by itself. */
    public Uni<Void> resume(String name, String principal) {
        return found(name, table.resume(name, principal));
    }

    /** Begins again at another place. Claims that are held of events behind it are lost; dead letters stay. */
    public Uni<Void> replay(String name, Start start, String principal) {
        return found(name, position(start).chain(position -> table.replay(name, position, principal)));
    }

    /** Hands out the events of one stream again that pass the filter and are neither under way nor dead letters. How many they are. */
    public Uni<Integer> replay(String name, StreamId stream, String principal) {
        return table.state(name)
                .map(found -> found.orElseThrow(() -> new ConsumerException.Absent(name)))
                .call(() -> table.sayReplayed(name, stream.toString(), principal))
                .chain(known -> again(name, known.settings(), stream, 1, 0))
                .invoke(() -> changed(name));
    }

    private Uni<Integer> again(String name, ConsumerSettings settings, StreamId stream, long from, int soFar) {
        return store.readStream(stream, from, PAGE, EventStore.Direction.FORWARD)
                .chain(found -> {
                    if (found.isEmpty()) {
                        return Uni.createFrom().item(soFar);
                    }
                    List<StreamEvent> wanted = found.get().events().stream()
                            .filter(settings.filter()::accepts)
                            .toList();
                    OptionalLong next = found.get().next();
                    return table.again(name, settings, wanted)
                            .chain(more -> next.isEmpty()
                                    ? Uni.createFrom().item(soFar + more)
                                    : again(name, settings, stream, next.getAsLong(), soFar + more));
                });
    }

    private Uni<Void> found(String name, Uni<Boolean> done) {
        return done.invoke(there -> {
                    if (!there) {
                        throw new ConsumerException.Absent(name);
                    }
                    changed(name);
                })
                .replaceWithVoid();
    }

    /**
     * Hands out events to a worker: those that come first, and for no key one whose predecessor is not settled.
     *
     * @return as soon as there are some; none if there are none in its time
     */
    public Uni<List<ClaimedEvent>> claim(String name, ClaimRequest request) {
        return Uni.createFrom()
                .deferred(() -> desks.computeIfAbsent(name, this::desk).claim(request))
                .onFailure(ConsumerException.Absent.class)
                .invoke(() -> desks.remove(name));
    }

    private ConsumerDesk desk(String name) {
        return new ConsumerDesk(name, table, scan, store, identity, streamer::globalPosition, vertx, answerBytes);
    }

    /**
     * Takes what a worker says about events that it holds. An event can be acknowledged after those of its key that came before it.
     *
     * @param settlements one for each token
     * @return fails with {@link ConsumerException.ClaimLost} if some claims had ended, and the others are settled, or with
     *     {@link ConsumerException.OutOfOrder} if nothing is
     */
    public Uni<Void> settle(String name, List<Settlement> settlements) {
        return table.settle(name, settlements).onTermination().invoke(() -> changed(name));
    }

    /** Dead letters in log order. */
    public Uni<List<ParkedEvent>> parked(String name, long after, int limit) {
        return table.parked(name, after, limit);
    }

    /** The first dead letter of the key that the one at this position has; empty if there is none at this position. */
    public Uni<Optional<Long>> firstParkedLike(String name, long position) {
        return table.firstParkedLike(name, position);
    }

    /** Hands a dead letter out again, with all its attempts. */
    public Uni<Integer> retry(String name, long position, String principal) {
        return table.retry(name, position, principal).invoke(() -> changed(name));
    }

    /** Hands all dead letters of a key out again. */
    public Uni<Integer> retryKey(String name, String key, String principal) {
        return table.retryKey(name, key, principal).invoke(() -> changed(name));
    }

    /** Leaves a dead letter out for good. */
    public Uni<Integer> discard(String name, long position, String principal) {
        return table.discard(name, position, principal).invoke(() -> changed(name));
    }

    /** What happened to a consumer, the newest first. */
    public Uni<List<HistoryLine>> history(String name) {
        return table.history(name);
    }

    /** Where a consumer begins. */
    public sealed interface Start {
        /** With what is appended from now on. */
        record End() implements Start {}

        /**
         * Behind a position.
         *
         * @param position exclusive; 0 for the start of the log
         */
        record At(long position) implements Start {}

        /**
         * At a time.
         *
         * @param moment of the first event, or before it
         */
        record Since(Instant moment) implements Start {}
    }
}
