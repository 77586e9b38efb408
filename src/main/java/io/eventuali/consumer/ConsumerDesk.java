package io.eventuali.consumer;

import io.eventuali.consumer.ConsumerTable.DeskState;
import io.eventuali.consumer.ConsumerTable.Handed;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException;
import io.eventuali.stream.LogScan;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Hands out the events of one consumer to the workers that wait for them at this replica, one worker after the other. While nobody waits it
 * does nothing. What it remembers of the log is only to save reading: the database says whether it is still true.
 */
final class ConsumerDesk {
    private static final Logger LOG = Logger.getLogger(ConsumerDesk.class);
    /** How often the database is asked while workers wait: what was settled, resumed or retried at other replicas. */
    private static final Duration POLL = Duration.ofMillis(250);

    private static final int MAX_READ = 1_000;
    private static final int READS_AT_ONCE = 8;

    private final String name;
    private final ConsumerTable table;
    private final LogScan scan;
    private final EventStore store;
    private final LogIdentity identity;
    private final LongSupplier head;
    private final Vertx vertx;
    private final long answerBytes;
    private final Deque<Worker> workers = new ArrayDeque<>();

    private boolean busy;
    /** Whether the database may know more than it did when it was asked last. */
    private boolean ask;

    private long timer = -1;

    /** Only of the one step that is under way. */
    private DeskState known;

    /** Which log all of it is about. */
    private String log = "";

    private long examined;
    private int room = MAX_READ;
    /** Whether it was paused or stopped when the database was asked last. */
    private boolean halted;

    ConsumerDesk(
            String name,
            ConsumerTable table,
            LogScan scan,
            EventStore store,
            LogIdentity identity,
            LongSupplier head,
            Vertx vertx,
            long answerBytes) {
        this.name = name;
        this.table = table;
        this.scan = scan;
        this.store = store;
        this.identity = identity;
        this.head = head;
        this.vertx = vertx;
        this.answerBytes = answerBytes;
    }

    /** Events for a worker, as soon as there are some; none when its time is over. */
    Uni<List<ClaimedEvent>> claim(ClaimRequest request) {
        return Uni.createFrom().emitter(emitter -> {
            Worker worker = new Worker(request, emitter);
            emitter.onTermination(() -> leave(worker));
            synchronized (this) {
                workers.add(worker);
            }
            if (request.patience().toMillis() > 0) {
                vertx.setTimer(request.patience().toMillis(), ignored -> {
                    if (leave(worker)) {
                        emitter.complete(List.of());
                    }
                });
            }
            ring(true);
        });
    }

    private synchronized boolean leave(Worker worker) {
        return workers.remove(worker);
    }

    /** The replica goes: workers find another one. */
    void sendHome() {
        List<Worker> all;
        synchronized (this) {
            all = List.copyOf(workers);
            workers.clear();
        }
        all.forEach(worker -> worker.emitter.complete(List.of()));
    }

    /** The log has grown, or, if {@code settled}, the database knows more of the consumer. */
    void ring(boolean settled) {
        synchronized (this) {
            ask |= settled;
            if (busy || workers.isEmpty()) {
                return;
            }
            busy = true;
            if (timer >= 0) {
                vertx.cancelTimer(timer);
                timer = -1;
            }
        }
        step();
    }

    private void step() {
        Worker worker;
        boolean asked;
        synchronized (this) {
            worker = workers.peek();
            if (worker == null) {
                busy = false;
                return;
            }
            asked = ask || !worker.asked;
            ask = false;
            worker.asked = true;
        }
        Uni<Optional<Handed>> handed = Uni.createFrom()
                .deferred(() -> known == null || !log.equals(identity.epoch())
                        ? open()
                        : Uni.createFrom().voidItem())
                .chain(() -> read(worker, asked));
        handed.subscribe().with(found -> next(worker, found), failure -> failed(worker, failure));
    }

    private Uni<Void> open() {
        log = identity.epoch();
        return table.state(name)
                .invoke(found -> {
                    known = found.orElseThrow(() -> new ConsumerException.Absent(name));
                    examined = known.position();
                    room = MAX_READ;
                })
                .replaceWithVoid();
    }

    /** Empty if nothing was read that the consumer wants, and there is no other reason to ask. */
    private Uni<Optional<Handed>> read(Worker worker, boolean asked) {
        int wanted = halted ? 0 : Math.min(Math.min(worker.request.max(), room), MAX_READ);
        long from = examined;
        Uni<LogScan.Result> page = wanted > 0 && head.getAsLong() > from
                ? scan.page(new Position(from), wanted, known.settings().filter())
                : Uni.createFrom().item(new LogScan.Result(List.of(), from, false));
        return page.chain(found -> {
            examined = found.examined();
            return found.events().isEmpty() && !asked
                    ? Uni.createFrom().item(Optional.empty())
                    : hand(worker, found).map(Optional::of);
        });
    }

    private Uni<Handed> hand(Worker worker, LogScan.Result found) {
        UUID claim = UUID.randomUUID();
        return table.claim(
                        name,
                        known,
                        claim,
                        worker.request,
                        known.position(),
                        found.events(),
                        found.examined(),
                        identity.guard(log))
                .chain(handed -> {
                    switch (handed.outcome()) {
                        case "absent" -> throw new ConsumerException.Absent(name);
                        case "changed" -> known = null;
                        case "replaced" -> {
                            identity.doubt();
                            throw new EventStoreException.Unavailable(
                                    "the database holds another log than before", null);
                        }
                        case "claimed" -> note(handed);
                        default -> {
                            // Paused or stopped: what was read is not taken in.
                            halted = true;
                            examined = known.position();
                        }
                    }
                    return handed.positions().isEmpty()
                            ? Uni.createFrom().item(handed)
                            : deliver(worker, claim, handed, found.events()).replaceWith(handed);
                });
    }

    private void note(Handed handed) {
        halted = false;
        examined = handed.readUpTo();
        room = handed.room();
        known = new DeskState(known.settings(), known.revision(), handed.readUpTo());
    }

    private Uni<Void> deliver(Worker worker, UUID claim, Handed handed, List<StreamEvent> read) {
        Map<Long, StreamEvent> events = new HashMap<>();
        read.forEach(event -> events.put(event.globalPosition(), event));
        DeskState then = known;
        return Multi.createFrom()
                .iterable(handed.positions())
                .onItem()
                .transformToUni(position -> events.containsKey(position)
                        ? Uni.createFrom().item(events.get(position))
                        : store.readEvent(position)
                                .map(event -> event.orElseThrow(() -> new EventStoreException.Unavailable(
                                        "the log has no event at position " + position, null))))
                .merge(READS_AT_ONCE)
                .invoke(event -> events.put(event.globalPosition(), event))
                .onItem()
                .ignoreAsUni()
                .chain(() -> {
                    List<ClaimedEvent> claimed = new ArrayList<>();
                    long bytes = 0;
                    for (int i = 0; i < handed.positions().size(); i++) {
                        StreamEvent event = events.get(handed.positions().get(i));
                        bytes += event.data().text().length()
                                + event.metadata().text().length();
                        if (!claimed.isEmpty() && bytes > answerBytes) {
                            break;
                        }
                        claimed.add(new ClaimedEvent(
                                new Token(claim, event.globalPosition()),
                                handed.attempts().get(i),
                                then.settings().key(event),
                                event));
                    }
                    int given = leave(worker) ? claimed.size() : 0;
                    List<Long> back =
                            handed.positions().subList(given, handed.positions().size());
                    if (given > 0) {
                        worker.emitter.complete(claimed);
                    }
                    return back.isEmpty() ? Uni.createFrom().voidItem() : table.giveBack(name, claim, back);
                });
    }

    private void next(Worker worker, Optional<Handed> found) {
        boolean got = found.isPresent() && !found.get().positions().isEmpty();
        boolean more = known == null || !halted && room > 0 && head.getAsLong() > examined;
        if (worker.request.patience().isZero() && !more && leave(worker)) {
            worker.emitter.complete(List.of());
        }
        boolean again;
        synchronized (this) {
            again = !workers.isEmpty() && (more || got || ask || !workers.peek().asked);
            if (!again) {
                busy = false;
                if (!workers.isEmpty()) {
                    long due = found.flatMap(Handed::dueMillis).orElse(POLL.toMillis());
                    timer = vertx.setTimer(Math.max(1, Math.min(due, POLL.toMillis())), ignored -> ring(true));
                }
            }
        }
        if (again) {
            vertx.runOnContext(ignored -> step());
        }
    }

    private void failed(Worker worker, Throwable failure) {
        LOG.debugf("claim of consumer %s failed: %s", name, failure.getMessage());
        // What was read may be of another log by now.
        known = null;
        if (leave(worker)) {
            worker.emitter.fail(failure);
        }
        boolean again;
        synchronized (this) {
            again = !workers.isEmpty();
            busy = again;
        }
        if (again) {
            vertx.runOnContext(ignored -> step());
        }
    }

    /** A worker that waits for events. */
    private static final class Worker {
        private final ClaimRequest request;
        private final UniEmitter<? super List<ClaimedEvent>> emitter;
        /** Whether the database was asked for it. */
        private boolean asked;

        private Worker(ClaimRequest request, UniEmitter<? super List<ClaimedEvent>> emitter) {
            this.request = request;
            this.emitter = emitter;
        }
    }
}
