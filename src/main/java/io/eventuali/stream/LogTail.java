package io.eventuali.stream;

import io.eventuali.event.Position;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.Replacement;
import io.eventuali.store.CommitListener;
import io.eventuali.store.CommittedBatch;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogDamage;
import io.eventuali.store.LogHead;
import io.eventuali.store.LogPage;
import io.eventuali.store.StoreConfig;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jboss.logging.Logger;

/**
 * Makes one dense sequence (G1) out of what this replica commits and what others do: the next number is passed on, a hole is
 * read from the store, what was seen is dropped.
 *
 * <p>Its methods are short and exclude each other; listeners are called after the lock was given back.
 */
@Singleton
class LogTail implements CommitListener {
    private static final Logger LOG = Logger.getLogger(LogTail.class);
    /** How often the database is looked at where another tail delivers: keeps {@link #age} small, and delivers if the other does not. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(1);

    /** Own batches kept while the hole before them is read; beyond, they are read from the store as well. */
    private static final int PENDING_BATCHES = 64;

    private final EventStore store;
    private final LogIdentity identity;
    private final int pageEvents;
    private final boolean fedOtherwise;
    private final LiveRing ring;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final List<Runnable> emptied = new CopyOnWriteArrayList<>();
    private final TreeMap<Long, CommittedBatch> pending = new TreeMap<>();
    private Cancellable reading;
    private boolean rungAgain;
    private final Task reads;
    private final Task publishing;
    private volatile LogHead opened;
    private volatile long currentAtNanos;
    private long readAtNanos;

    LogTail(EventStore store, StoreConfig storeConfig, StreamConfig config, LogIdentity identity, Tasks tasks) {
        this.identity = identity;
        identity.onForget(this::replaced);
        this.store = store;
        this.reads = tasks.open("live-tail", "");
        this.publishing = tasks.open("live-tail-listeners", "");
        this.pageEvents = storeConfig.read().pageEvents();
        this.fedOtherwise = config.streamer().tail() == StreamConfig.Tail.KAFKA;
        this.ring = new LiveRing(
                config.streamer().capacity(), config.streamer().capacityBytes().asLongValue());
    }

    /** The newest events. */
    LiveRing ring() {
        return ring;
    }

    /** Which log this is; null until it was opened. */
    LogHead opened() {
        return opened;
    }

    /** Has the listener called after the head moved; on any thread, so it must return at once. */
    void onPublish(Runnable listener) {
        listeners.add(listener);
    }

    /** Has it called when the ring was emptied for another log, before that log is open to anybody; must return at once. */
    void onEmptied(Runnable listener) {
        emptied.add(listener);
    }

    /** How long ago this replica last knew that it has seen the whole log. */
    Duration age() {
        return opened == null ? Duration.ofDays(1) : Duration.ofNanos(System.nanoTime() - currentAtNanos);
    }

    @Override
    public synchronized void opened(LogHead head) {
        ring.reset(head.position());
        currentAtNanos = System.nanoTime();
        opened = head;
        tellListeners();
    }

    @Override
    public void reconnected() {
        identity.doubt();
        // Whatever was announced while nobody listened.
        rung();
    }

    /** What was read, or is on its way, is of another log. */
    private void replaced(Replacement replacement) {
        synchronized (this) {
            lost(replacement);
            pending.clear();
            ring.reset(replacement.to().head());
            emptied.forEach(Runnable::run);
            currentAtNanos = System.nanoTime();
            // After the ring and what was made of it: whoever knows of this epoch finds nothing of the one before.
            opened = new LogHead(replacement.to().head(), replacement.to().epoch());
        }
        tellListeners();
        rung();
    }

    /** What is still in memory of the events that the other log does not have at their positions. */
    private void lost(Replacement replacement) {
        for (long position = Math.max(replacement.common(), ring.floor()) + 1; position <= ring.head(); position++) {
            LogEntry entry = ring.get(position);
            if (entry != null) {
                StreamEvent event = entry.event();
                replacement.note(
                        "event", event.eventId().toString(), position, event.eventType() + " of " + event.streamId());
                if (event.aggregateType().startsWith(ReservedStreams.SAGA)) {
                    replacement.note(
                            "saga",
                            event.streamId().toString().substring(ReservedStreams.SAGA.length()),
                            position,
                            "lost " + event.eventType() + ": what it tells of is done");
                }
            }
        }
    }

    @Override
    public void committed(CommittedBatch batch) {
        synchronized (this) {
            if (opened == null || !opened.epoch().equals(batch.epoch())) {
                return;
            }
            if (batch.first() != ring.head() + 1) {
                if (batch.first() > ring.head() && pending.size() < PENDING_BATCHES) {
                    pending.put(batch.first(), batch);
                }
                read();
                return;
            }
            publish(batch.events());
            publishPending();
        }
        tellListeners();
    }

    @Override
    public synchronized void rung() {
        if (opened != null && !(fedOtherwise && System.nanoTime() - readAtNanos < SECOND_LOOK.toNanos())) {
            read();
        }
    }

    /** Reads what lies between the head of the ring and the next own batch, or the end of the log. One read at a time. */
    private void read() {
        if (reading != null) {
            rungAgain = true;
            return;
        }
        rungAgain = false;
        readAtNanos = System.nanoTime();
        LogHead log = opened;
        long head = ring.head();
        Map.Entry<Long, CommittedBatch> next = pending.firstEntry();
        int limit = next == null ? pageEvents : (int) Math.min(pageEvents, next.getKey() - head - 1);
        // Marked before subscribing, since the store may answer at once.
        reading = () -> {};
        try {
            store.read(new Position(head), limit)
                    .invoke(page -> readDone(log, page, limit))
                    .subscribe()
                    .with(page -> {}, failure -> readFailed(log, failure));
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    private void readDone(LogHead log, LogPage page, int limit) {
        synchronized (this) {
            reading = null;
            reads.worked();
            if (log != opened) {
                // Asked of the log before.
                read();
                return;
            }
            if (!log.epoch().equals(identity.epoch())) {
                // It may be of the log that this tail is about to be told of, and is read again then.
                return;
            }
            long head = ring.head();
            List<StreamEvent> news = page.events().stream()
                    .filter(event -> event.globalPosition() > head)
                    .toList();
            publish(news);
            publishPending();
            boolean closedTheGap = limit < pageEvents && pending.isEmpty();
            if (rungAgain || (page.more() && !closedTheGap) || (!pending.isEmpty() && !news.isEmpty())) {
                read();
            } else if (pending.isEmpty()) {
                currentAtNanos = System.nanoTime();
            }
            if (news.isEmpty()) {
                return;
            }
        }
        tellListeners();
    }

    private void readFailed(LogHead log, Throwable cause) {
        if (cause instanceof LogDamaged damaged) {
            passOver(log, damaged.damage());
        } else {
            failed(cause);
        }
    }

    /** Those who follow come to the damage by themselves, in the store; what is new is found behind it. */
    private void passOver(LogHead log, LogDamage damage) {
        synchronized (this) {
            reading = null;
            if (log == opened && damage.last() > ring.head()) {
                ring.skipTo(damage.last());
                publishPending();
            }
            read();
        }
        tellListeners();
    }

    private synchronized void failed(Throwable cause) {
        // The doorbell looks again in a moment; until then nothing is known to be missing.
        reading = null;
        reads.failed(cause);
    }

    /** One that throws keeps no other from being told. */
    private void tellListeners() {
        Throwable failure = null;
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (Throwable bug) {
                failure = bug;
            }
        }
        if (failure == null) {
            publishing.worked();
        } else {
            publishing.failed(failure);
        }
    }

    private void publish(List<StreamEvent> events) {
        if (!events.isEmpty()) {
            ring.publish(events);
            StreamEvent newest = events.get(events.size() - 1);
            identity.witnessed(opened.epoch(), newest.globalPosition(), newest.eventId());
        }
    }

    private void publishPending() {
        while (!pending.isEmpty() && pending.firstKey() <= ring.head() + 1) {
            long head = ring.head();
            CommittedBatch batch = pending.pollFirstEntry().getValue();
            publish(batch.events().stream()
                    .filter(event -> event.globalPosition() > head)
                    .toList());
        }
    }
}
