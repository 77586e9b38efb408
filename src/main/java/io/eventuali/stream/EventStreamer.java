package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.Replacement;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogHead;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.SubscriptionRemovals;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.eventuali.stream.ReceiverSignal.Verdict;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Live subscriptions on top of the store. What subscribers see is what was committed, whoever committed it: publishing is the
 * store's business, not the caller's.
 */
@Singleton
public class EventStreamer {
    private static final Logger LOG = Logger.getLogger(EventStreamer.class);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration TICK_TIMEOUT = Duration.ofSeconds(30);

    private final EventStore store;
    private final LogTail tail;
    private final LogIdentity identity;
    private final Broadcast broadcast;
    private final PageCache pages;
    private final SelectedPages selected;
    private final StreamConfig.SubscriptionLimits limits;
    private final OutgoingBytes outgoing;
    private final StreamMeters meters;
    private final Tasks tasks;
    private final Set<EventStreamReceiver> receivers = ConcurrentHashMap.newKeySet();
    private final Places places;
    private volatile boolean draining;
    private Cancellable ticker = () -> {};

    EventStreamer(
            EventStore store,
            EngineStore engine,
            SubscriptionRemovals removals,
            LogTail tail,
            StoreConfig storeConfig,
            StreamConfig config,
            Places places,
            OutgoingBytes outgoing,
            StreamMeters meters,
            LogIdentity identity,
            Tasks tasks) {
        this.identity = identity;
        this.store = store;
        this.tail = tail;
        this.limits = config.subscription();
        this.outgoing = outgoing;
        this.meters = meters;
        this.tasks = tasks;
        this.pages = new PageCache(
                store,
                identity,
                tail.ring(),
                storeConfig.read().pageEvents(),
                config.streamer().cacheBytes().asLongValue() / 4 * 3);
        this.selected = new SelectedPages(
                engine,
                identity,
                storeConfig.read().pageEvents(),
                config.streamer().cacheBytes().asLongValue() / 4);
        BatchCache batches = new BatchCache(config.streamer().sharedBytes().asLongValue());
        this.broadcast = new Broadcast(
                tail.ring(),
                new Pieces(
                        limits.batchEvents(),
                        limits.batchBytes().asLongValue(),
                        limits.checkpointEvents(),
                        storeConfig.read().pageEvents()),
                batches);
        this.places = places;
        tail.onPublish(broadcast::published);
        tail.onEmptied(() -> {
            pages.clear();
            selected.clear();
            broadcast.reset();
        });
        // The log may have been opened before.
        broadcast.published();
        identity.onForget(replacement -> {
            noteConsumers(replacement);
            closeAll(CloseReason.REPLACED);
        });
        removals.onRemoved(this::unsubscribe);
        meters.register(broadcast, pages, this::subscriptions);
    }

    void start(@Observes StartupEvent started) {
        ticker = tasks.tick("subscribers", Rhythm.steady(TICK, TICK_TIMEOUT), this::tick);
    }

    /** HTTP connections are closed before the usual event of a shutdown comes, but after this one: so clients are told. */
    void drain(@Observes ShutdownDelayInitiatedEvent stopping) {
        drain();
    }

    void stop(@Observes ShutdownEvent stopping) {
        ticker.cancel();
        drain();
    }

    private void drain() {
        if (!draining) {
            draining = true;
            LOG.infof("draining, %d subscribers are told to come back elsewhere", receivers.size());
        }
        closeAll(CloseReason.DRAINING);
    }

    /**
     * Subscribes. Nothing happens before the receiver's Multi is subscribed to.
     *
     * @return the consumer's end; its Multi is called on worker threads
     */
    public EventStreamReceiver subscribe(Subscription subscription) {
        return subscribe(subscription, new LocalOutlet());
    }

    /**
     * Subscribes.
     *
     * @param outlet where the signals go
     */
    public EventStreamReceiver subscribe(Subscription subscription, Outlet outlet) {
        return new EventStreamReceiver(this, subscription, outlet);
    }

    /**
     * Ends the subscriptions of this replica that have this id.
     *
     * @return how many there were
     */
    public int unsubscribe(String id) {
        return unsubscribe(id, "");
    }

    /**
     * Ends the subscriptions of this replica that have this id and are of this principal, and whatever else has a place under it.
     *
     * @param principal in one word, as {@link ActiveSubscription#principal} has it; empty for everybody's
     * @return how many there were
     */
    public int unsubscribe(String id, String principal) {
        int ended = places.end(id, principal);
        for (EventStreamReceiver receiver : receivers) {
            if (receiver.subscription().id().equals(id)
                    && (principal.isEmpty()
                            || receiver.outlet().client().principal().equals(principal))) {
                receiver.close();
                ended++;
            }
        }
        return ended;
    }

    /** Position of the last event of a stream, 0 if it does not exist. */
    public Uni<Long> streamPosition(String aggregateType, String aggregateId) {
        return store.streamPosition(new StreamId(aggregateType, aggregateId));
    }

    /** Position of the newest event that this replica delivers. Other replicas may be ahead by a moment. */
    public long globalPosition() {
        return tail.ring().head();
    }

    /** Has the listener called after {@link #globalPosition} moved; on any thread, so it must return at once. */
    public void onGrown(Runnable listener) {
        tail.onPublish(listener);
    }

    /**
     * Events that are still in memory.
     *
     * @param after exclusive
     * @param limit how many at most
     * @return the events right after {@code after}; empty when they are not in memory any more, or not yet there
     */
    public List<StreamEvent> newest(long after, int limit) {
        LiveRing ring = tail.ring();
        long end = Math.min(ring.head(), after + limit);
        List<StreamEvent> events = new ArrayList<>();
        for (long position = after + 1; position <= end; position++) {
            LogEntry entry = ring.get(position);
            if (entry == null) {
                break;
            }
            events.add(entry.event());
        }
        return events;
    }

    /** Identity of the log: changes when the database was restored, or failed over with a loss. */
    public String epoch() {
        LogHead opened = tail.opened();
        return opened == null ? "" : opened.epoch();
    }

    /** How long ago this replica last knew that it has seen the whole log. */
    public Duration age() {
        return tail.age();
    }

    /** The subscriptions of this replica. */
    public List<ActiveSubscription> subscriptions() {
        long head = globalPosition();
        return receivers.stream()
                .map(receiver -> ActiveSubscription.of(receiver, head))
                .toList();
    }

    /** Finds out where a subscription starts. */
    Uni<Subscribed> open(Subscription subscription) {
        SubscriptionStart start = subscription.start();
        if (start instanceof SubscriptionStart.After after) {
            return openAfter(subscription.id(), after.position().value());
        }
        if (start instanceof SubscriptionStart.Since since) {
            return store.positionBefore(since.timestamp())
                    .map(position -> subscribed(
                            subscription.id(), Verdict.START, OptionalLong.empty(), position.value(), here()));
        }
        LogHead head = here();
        return Uni.createFrom()
                .item(subscribed(subscription.id(), Verdict.START, OptionalLong.empty(), head.position(), head));
    }

    private Uni<Subscribed> openAfter(String id, long asked) {
        OptionalLong requested = OptionalLong.of(asked);
        LogHead head = here();
        if (asked <= head.position()) {
            Verdict verdict = asked == 0 ? Verdict.START : Verdict.CONTINUE;
            return Uni.createFrom().item(subscribed(id, verdict, requested, asked, head));
        }
        // Another replica may have delivered what this one has not read yet; only the database knows.
        return store.head()
                .map(log -> asked <= log.position()
                        ? subscribed(id, Verdict.CONTINUE, requested, asked, log)
                        : subscribed(id, Verdict.AHEAD, requested, log.position(), log));
    }

    /** Where the log ends as far as this replica knows. The epoch is read first: a head of another log than its own is not told so. */
    private LogHead here() {
        String epoch = epoch();
        return new LogHead(globalPosition(), epoch);
    }

    private static Subscribed subscribed(
            String id, Verdict verdict, OptionalLong requested, long position, LogHead head) {
        LOG.debugf("subscribed subscription=%s verdict=%s position=%d", id, verdict, position);
        return new Subscribed(id, verdict, requested, position, head);
    }

    SubscriptionCursor cursor(Subscription subscription, Subscribed opening, Outlet outlet) {
        FilteredHistory history = new FilteredHistory(pages, selected, subscription.filter());
        SubscriptionCursor cursor =
                new SubscriptionCursor(subscription, opening, outlet, broadcast, history, outgoing, limits, meters);
        String epoch = opening.head().epoch();
        if (!epoch.equals(identity.epoch()) || !epoch.equals(epoch())) {
            // The log was replaced meanwhile, or is about to be in the ring; the cursor notices itself what comes
            // later.
            cursor.close(CloseReason.REPLACED);
        }
        return cursor;
    }

    /**
     * Counts a receiver in, if there is room and this replica is to stay.
     *
     * @return why not; empty if it is in
     */
    Optional<CloseReason> admit(EventStreamReceiver receiver) {
        if (draining) {
            return Optional.of(CloseReason.DRAINING);
        }
        if (!places.admit(receiver.outlet().client())) {
            return Optional.of(CloseReason.OVERLOADED);
        }
        receivers.add(receiver);
        if (draining) {
            // Began to drain meanwhile, and may not have seen this one.
            receiver.close(CloseReason.DRAINING);
        }
        return Optional.empty();
    }

    void release(EventStreamReceiver receiver) {
        if (receivers.remove(receiver)) {
            places.release(receiver.outlet().client());
            SubscriptionCursor cursor = receiver.cursor();
            LOG.debugf(
                    "unsubscribed subscription=%s position=%d",
                    receiver.subscription().id(), cursor == null ? 0 : cursor.position());
        }
    }

    /** Those who have seen more than there is now. */
    private void noteConsumers(Replacement replacement) {
        for (EventStreamReceiver receiver : receivers) {
            SubscriptionCursor cursor = receiver.cursor();
            if (cursor != null && cursor.position() > replacement.common()) {
                replacement.note(
                        "consumer",
                        receiver.subscription().id(),
                        cursor.position(),
                        receiver.outlet().client().principal());
            }
        }
    }

    private void closeAll(CloseReason reason) {
        receivers.forEach(receiver -> receiver.close(reason));
    }

    /** Gives every cursor the occasion for a heartbeat or another attempt, and ends those that nobody reads. */
    private void tick() {
        long now = System.nanoTime();
        long stall = outgoing.patience(limits.stallTimeout().toNanos());
        Instant clock = Instant.now();
        for (EventStreamReceiver receiver : receivers) {
            try {
                lookAfter(receiver, clock, now, stall);
            } catch (RuntimeException | LinkageError | StackOverflowError broken) {
                breakOff(receiver, broken);
            }
        }
    }

    private void lookAfter(EventStreamReceiver receiver, Instant clock, long now, long stall) {
        receiver.closeUnlessPermitted(clock);
        SubscriptionCursor cursor = receiver.cursor();
        if (cursor == null) {
            return;
        }
        if (cursor.mayBeStalled(stall)) {
            receiver.outlet().executor().execute(() -> endIfStalled(receiver, cursor, stall));
        } else {
            cursor.tick(now);
        }
    }

    /** Ends the one subscriber whose permission or connection failed; the others are looked after as before. */
    private static void breakOff(EventStreamReceiver receiver, Throwable broken) {
        LOG.errorf(
                broken,
                "subscriber broken off subscription=%s",
                receiver.subscription().id());
        try {
            receiver.breakOff();
        } catch (RuntimeException | LinkageError | StackOverflowError worse) {
            LOG.debugf(
                    worse, "not closed subscription=%s", receiver.subscription().id());
        }
    }

    private void endIfStalled(EventStreamReceiver receiver, SubscriptionCursor cursor, long stall) {
        if (cursor.isStalled(stall) && receiver.stalled()) {
            meters.stalled();
            LOG.infof(
                    "subscriber took nothing for %s, closing subscription=%s position=%d",
                    Duration.ofNanos(stall), receiver.subscription().id(), cursor.position());
        }
    }
}
