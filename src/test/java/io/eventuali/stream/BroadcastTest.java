package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.store.LogHead;
import io.eventuali.stream.ManualOutlet.ManualExecutor;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.eventuali.stream.ReceiverSignal.Update;
import io.eventuali.stream.ReceiverSignal.Updates;
import io.eventuali.stream.ReceiverSignal.Verdict;
import io.eventuali.support.Configs;
import io.eventuali.support.LogEvents;
import io.eventuali.support.LogInMemory;
import io.eventuali.support.Seed;
import io.eventuali.support.SelectionInMemory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Flow;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * Ring, groups, lanes, cursors and pages as one machine whose threads are tasks that a seeded scheduler runs in any order: every
 * subscriber sees what its filter accepts, once, in order, whatever the order.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BroadcastTest {
    private static final int ROUNDS = 400;
    private static final int STEPS = 400;
    private static final int PLENTY = 1 << 20;
    private static final List<String> FILTERS = List.of("*", "order-1", "order-1*", "*7", "none");
    private static final StreamConfig CONFIG = Configs.of(
            StreamConfig.class,
            Map.of(
                    "eventuali.subscription.batch-events", "5",
                    "eventuali.subscription.checkpoint-events", "9",
                    "eventuali.subscription.conflate-aggregates", "4",
                    "eventuali.subscription.heartbeat", "1h"));

    private final Seed seed = Seed.next();
    private final RandomGenerator random = seed.random();

    @Test
    void every_subscriber_sees_exactly_what_its_filter_accepts_in_any_interleaving() {
        for (int round = 0; round < ROUNDS; round++) {
            // From nothing shared to everything.
            Machine machine = new Machine(random.nextInt(20_000), random.nextInt(12_000));
            for (int step = 0; step < STEPS; step++) {
                machine.step();
            }
            machine.finish();
            machine.subscribers.forEach(subscriber -> assertThat(subscriber.seen)
                    .as("round of %s, filter %s from %d", seed, subscriber.filter, subscriber.start)
                    .isEqualTo(machine.accepted(subscriber)));
            machine.subscribers.forEach(subscriber -> subscriber.cursor.cancel());
            assertThat(machine.broadcast.isEmpty())
                    .as("nothing is left of groups and lanes, %s", seed)
                    .isTrue();
            assertThat(machine.outgoing.bytes())
                    .as("nothing is on its way, %s", seed)
                    .isZero();
        }
    }

    @Test
    void members_of_a_group_get_the_same_piece_and_its_bytes_are_made_once() {
        Machine machine = new Machine(PLENTY);
        Subscriber first = machine.subscribe("*", 0);
        Subscriber second = machine.subscribe("*", 0);
        machine.finish();
        first.pieces.clear();
        second.pieces.clear();

        machine.publish(3);
        machine.finish();

        assertThat(first.pieces).hasSize(1);
        assertThat(second.pieces.get(0)).isSameAs(first.pieces.get(0));
        assertThat(first.pieces.get(0).encoded(ManualOutlet.ENCODER))
                .isSameAs(second.pieces.get(0).encoded(ManualOutlet.ENCODER));
    }

    @Test
    void a_display_gets_the_latest_of_each_aggregate_and_loses_only_what_was_folded() {
        Machine machine = new Machine(PLENTY);
        Subscriber display = machine.subscribe("*", 100);
        for (int i = 0; i < 50; i++) {
            machine.publish(1 + random.nextInt(5));
            machine.run();
        }
        machine.finish();

        assertThat(display.folded + display.seen.size()).as("%s", seed).isEqualTo(machine.log.size());
        assertThat(display.latest).as("%s", seed).isEqualTo(machine.latest());
    }

    @Test
    void a_display_that_is_closed_comes_back_before_the_updates_that_it_has_not_got() {
        Machine machine = new Machine(PLENTY);
        Subscriber display = machine.subscribe("*", 1);
        machine.publish(3);
        machine.finish();
        machine.publish(4);
        machine.runAll();

        display.cursor.close(CloseReason.STALLED);
        machine.runAll();

        assertThat(display.closedAt).hasValue(display.last);
    }

    @Test
    void a_subscriber_gets_no_event_of_another_log_also_if_nobody_has_told_it_yet() {
        for (int round = 0; round < ROUNDS; round++) {
            Machine machine = new Machine(random.nextInt(20_000), random.nextInt(12_000));
            IntStream.range(0, 3).forEach(i -> machine.subscribe(FILTERS.get(i), i == 2 ? 100 : 0));
            machine.publish(12 + random.nextInt(12));
            IntStream.range(0, random.nextInt(20)).forEach(i -> machine.step());
            int common = random.nextInt(machine.log.size());
            List<Subscriber> before = List.copyOf(machine.subscribers);

            machine.replace(common);
            machine.publish(1 + random.nextInt(30));
            machine.finish();

            assertThat(before).allSatisfy(subscriber -> {
                assertThat(subscriber.types).as("%s", seed).doesNotContain("Other");
                assertThat(subscriber.closedAt).as("%s", seed).isPresent();
            });
        }
    }

    @Test
    void a_subscriber_of_another_log_gets_all_of_it_and_nothing_of_the_one_before() {
        for (int round = 0; round < ROUNDS; round++) {
            Machine machine = new Machine(random.nextInt(20_000), PLENTY);
            IntStream.range(0, 3).forEach(i -> machine.subscribe(FILTERS.get(i), 0));
            machine.publish(30 + random.nextInt(30));
            IntStream.range(0, random.nextInt(40)).forEach(i -> machine.step());
            int before = machine.subscribers.size();

            machine.replace(random.nextInt(machine.log.size()));
            IntStream.range(0, 3).forEach(i -> machine.subscribe(FILTERS.get(i), 0));
            machine.publish(1 + random.nextInt(30));
            IntStream.range(0, random.nextInt(40)).forEach(i -> machine.step());
            machine.finish();

            List<Subscriber> after = machine.subscribers.subList(before, machine.subscribers.size());
            assertThat(after).allSatisfy(subscriber -> {
                assertThat(subscriber.seen).as("%s", seed).isEqualTo(machine.accepted(subscriber));
                assertThat(subscriber.types)
                        .as("%s", seed)
                        .isEqualTo(subscriber.seen.stream()
                                .map(position -> machine.log
                                        .get(Math.toIntExact(position) - 1)
                                        .eventType())
                                .toList());
            });
        }
    }

    @Test
    void a_live_subscriber_whose_filter_drops_everything_is_told_how_far_it_is() {
        Machine machine = new Machine(PLENTY);
        Subscriber subscriber = machine.subscribe("none", 0);
        machine.publish(3);
        machine.finish();
        machine.publish(12);
        machine.runAll();
        assertThat(subscriber.last).isEqualTo(3);

        await().untilAsserted(() -> {
            subscriber.cursor.tick(System.nanoTime());
            machine.runAll();
            assertThat(subscriber.last).isEqualTo(15);
        });
    }

    @Test
    void a_broken_consumer_leaves_its_lane_to_the_others() {
        Machine machine = new Machine(PLENTY);
        Subscriber broken = machine.subscribe("*", 0);
        broken.breaks = true;
        Subscriber sound = machine.subscribe("*", 0);
        machine.publish(3);
        machine.finish();

        assertThat(broken.failure).hasMessage("broken");
        assertThat(sound.seen).containsExactly(1L, 2L, 3L);
    }

    @Test
    void the_generator_has_bite() {
        // Some rounds must leave the ring behind, share pieces, and read pages; otherwise the first test proves little.
        Machine machine = new Machine(PLENTY);
        IntStream.range(0, 3).forEach(i -> machine.subscribe("*", 0));
        for (int i = 0; i < 30; i++) {
            machine.publish(12);
        }
        machine.finish();

        machine.subscribe("order-1", 0);
        for (int i = 0; i < 30; i++) {
            machine.publish(12);
            machine.subscribe("order-" + i % 20, 0);
            machine.runAll();
        }
        machine.finish();

        assertThat(machine.pages.reads()).isPositive();
        assertThat(machine.index.found()).isPositive();
        assertThat(machine.broadcast.batches().made()).isPositive();
    }

    private final class Machine {
        private final List<StreamEvent> log = new ArrayList<>();
        private final LiveRing ring = new LiveRing(16, 1 << 20);
        private final ManualExecutor store = new ManualExecutor();
        private final List<ManualExecutor> lanes = List.of(new ManualExecutor(), new ManualExecutor());
        private final LogIdentity identity = new LogIdentity();
        private final PageCache pages = new PageCache(new LogInMemory(log, store), identity, ring, 8, 1 << 20);
        private final SelectionInMemory index = new SelectionInMemory(log, store, random);
        private final SelectedPages selected = new SelectedPages(index, identity, 8, 1 << 20);
        private final Broadcast broadcast;
        private final OutgoingBytes outgoing;
        private final StreamMeters meters = new StreamMeters(new SimpleMeterRegistry());
        private final List<Subscriber> subscribers = new ArrayList<>();
        /** Published and not yet told to the broadcast. */
        private boolean silent;

        private boolean replaced;

        Machine(int sharedBytes) {
            this(sharedBytes, PLENTY);
        }

        Machine(int sharedBytes, int outgoingBytes) {
            outgoing = new OutgoingBytes(outgoingBytes, 1_000);
            broadcast = new Broadcast(ring, new Pieces(5, 1 << 20, 9, 8), new BatchCache(sharedBytes));
            identity.found(new LogMark("epoch", 0, 0), OptionalLong.empty(), 0);
        }

        void step() {
            switch (random.nextInt(8)) {
                case 0 -> publish(1 + random.nextInt(12));
                case 1 -> {
                    if (subscribers.size() < 8) {
                        subscribe(FILTERS.get(random.nextInt(FILTERS.size())), 0);
                    }
                }
                case 2 -> {
                    if (!subscribers.isEmpty()) {
                        Subscriber any = subscribers.get(random.nextInt(subscribers.size()));
                        any.demand(1 + random.nextInt(3));
                    }
                }
                case 3 -> silent = random.nextBoolean();
                case 4 -> store.runOne();
                default -> lanes.get(random.nextInt(lanes.size())).runOne();
            }
        }

        void publish(int count) {
            List<StreamEvent> events = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                events.add(LogEvents.at(
                        log.size() + events.size() + 1L,
                        "Order",
                        "order-" + random.nextInt(20),
                        replaced ? "Other" : "OrderPlaced"));
            }
            log.addAll(events);
            ring.publish(events);
            if (!silent) {
                broadcast.published();
            }
        }

        /** The log ends here and goes on otherwise. Subscribers are not told. */
        void replace(int common) {
            log.subList(common, log.size()).clear();
            replaced = true;
            identity.found(new LogMark("other", common, 0), OptionalLong.empty(), common);
            pages.clear();
            selected.clear();
            ring.reset(common);
            broadcast.reset();
        }

        Subscriber subscribe(String filter, int maxRate) {
            long start = random.nextLong(broadcast.position() + 1);
            Subscriber subscriber = new Subscriber(filter, start, maxRate > 0);
            SubscriptionBuilder builder = Subscription.builder()
                    .withId("test")
                    .filterByAggregateId(filter)
                    .from(new Position(start));
            if (maxRate > 0) {
                builder.conflateByAggregate(maxRate);
            }
            Subscription subscription = builder.build();
            subscriber.cursor = new SubscriptionCursor(
                    subscription,
                    new Subscribed(
                            "test",
                            Verdict.CONTINUE,
                            OptionalLong.of(start),
                            start,
                            new LogHead(log.size(), identity.epoch())),
                    new ManualOutlet("", subscriber, lanes.get(random.nextInt(lanes.size()))),
                    broadcast,
                    new FilteredHistory(pages, selected, subscription.filter()),
                    outgoing,
                    CONFIG.subscription(),
                    meters);
            subscriber.cursor.start(subscriber);
            subscribers.add(subscriber);
            return subscriber;
        }

        boolean run() {
            boolean ran = store.runOne();
            for (ManualExecutor lane : lanes) {
                ran |= lane.runOne();
            }
            return ran;
        }

        void runAll() {
            while (run()) {
                // There may be more.
            }
        }

        /** Gives everybody demand, and runs until nothing is left to do: what then has not arrived never will. */
        void finish() {
            silent = false;
            broadcast.published();
            subscribers.forEach(subscriber -> subscriber.demand(Long.MAX_VALUE));
            while (run() || subscribers.stream().anyMatch(subscriber -> !subscriber.isThere(log.size()))) {
                subscribers.forEach(subscriber -> subscriber.cursor.look());
            }
        }

        List<Long> accepted(Subscriber subscriber) {
            EventFilter filter = new EventFilter(List.of(), List.of(NamePattern.of(subscriber.filter)), List.of());
            return log.stream()
                    .filter(event -> event.globalPosition() > subscriber.start && filter.accepts(event))
                    .map(StreamEvent::globalPosition)
                    .toList();
        }

        Map<String, Long> latest() {
            Map<String, Long> latest = new TreeMap<>();
            log.forEach(event -> latest.put(event.aggregateId(), event.globalPosition()));
            return latest;
        }
    }

    /** Holds what it gets against the rules for signals. */
    private static final class Subscriber implements MultiSubscriber<ReceiverSignal> {
        private final String filter;
        private final long start;
        private final boolean display;
        private final List<Long> seen = new ArrayList<>();
        private final List<String> types = new ArrayList<>();
        private final List<Events> pieces = new ArrayList<>();
        private final Map<String, Long> latest = new TreeMap<>();
        private SubscriptionCursor cursor;
        private long demanded;
        private long last;
        private long folded;
        private boolean breaks;
        private Throwable failure;
        private OptionalLong closedAt = OptionalLong.empty();

        Subscriber(String filter, long start, boolean display) {
            this.filter = filter;
            this.start = start;
            this.display = display;
        }

        void demand(long count) {
            demanded = count == Long.MAX_VALUE ? count : demanded + count;
            cursor.request(count);
        }

        boolean isThere(long head) {
            // What a display has looked at, it may still hold back.
            return failure != null || closedAt.isPresent() || (display ? last : cursor.position()) == head;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            // Demand comes from the scheduler.
        }

        @Override
        public void onItem(ReceiverSignal signal) {
            if (breaks && signal instanceof Events) {
                throw new IllegalStateException("broken");
            }
            if (demanded != Long.MAX_VALUE) {
                assertThat(demanded).as("a signal without demand").isPositive();
                demanded--;
            }
            assertThat(signal.position())
                    .as("positions of signals never go back")
                    .isGreaterThanOrEqualTo(last);
            if (signal instanceof Closing) {
                closedAt = OptionalLong.of(signal.position());
                return;
            }
            last = signal.position();
            if (signal instanceof Events events) {
                assertThat(events.entries()).hasSizeBetween(1, 5);
                pieces.add(events);
                events.entries().forEach(entry -> {
                    seen.add(entry.position());
                    types.add(entry.event().eventType());
                });
            } else if (signal instanceof Updates updates) {
                assertThat(updates.updates()).isNotEmpty();
                for (Update update : updates.updates()) {
                    seen.add(update.event().globalPosition());
                    types.add(update.event().eventType());
                    folded += update.folded();
                    latest.put(update.event().aggregateId(), update.event().globalPosition());
                }
            } else {
                assertThat(signal instanceof Examined && seen.isEmpty() && signal.position() < start)
                        .isFalse();
            }
        }

        @Override
        public void onFailure(Throwable cause) {
            failure = cause;
        }

        @Override
        public void onCompletion() {
            assertThat(closedAt).as("completes after it was closed").isPresent();
        }
    }
}
