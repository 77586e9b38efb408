package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException;
import io.eventuali.support.SmallBuffers;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The Java surface: what HTTP offers, with back-pressure instead of a socket. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class EventStreamerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    EventStore store;

    @Inject
    EventStreamer streamer;

    private final String type = "Type-" + UUID.randomUUID();
    private final StreamId stream = new StreamId(type, "1");

    @Test
    void a_subscription_sees_what_its_filters_accept_from_where_it_starts() {
        append(stream, "OrderPlaced", "OrderShipped", "OrderPaid");
        append(new StreamId(type, "2"), "OrderPlaced");

        AssertSubscriber<StreamEvent> subscriber = follow(Subscription.builder()
                .withId("audit")
                .filterByAggregateType(type)
                .filterByAggregateId("1")
                .filterByEventType("*Placed", "*Paid")
                .from(Position.START));

        subscriber.awaitItems(2, PATIENCE);
        append(stream, "OrderCancelled", "OrderPlaced");
        subscriber.awaitItems(3, PATIENCE);
        assertThat(subscriber.getItems())
                .extracting(event -> event.streamPosition() + " " + event.eventType())
                .containsExactly("1 OrderPlaced", "3 OrderPaid", "5 OrderPlaced");
        subscriber.cancel();
    }

    @Test
    void a_consumer_that_asks_for_one_at_a_time_gets_every_event_in_order_however_far_it_falls_behind() {
        AssertSubscriber<StreamEvent> subscriber = streamer.subscribe(Subscription.builder()
                        .filterByAggregateType(type)
                        .from(store.head()
                                .map(head -> new Position(head.position()))
                                .await()
                                .atMost(PATIENCE))
                        .build())
                .events()
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1));
        // Three times what the live buffer holds.
        for (int i = 0; i < 20; i++) {
            append(stream, "A", "A", "A", "A", "A", "A", "A", "A", "A", "A");
        }

        for (int asked = 1; asked <= 200; asked++) {
            subscriber.awaitItems(asked, PATIENCE);
            assertThat(subscriber.getItems()).hasSize(asked);
            subscriber.request(1);
        }

        assertThat(subscriber.getItems())
                .extracting(StreamEvent::streamPosition)
                .isEqualTo(LongStream.rangeClosed(1, 200).boxed().toList());
        subscriber.cancel();
    }

    @Test
    void cancelling_releases_the_subscription() {
        AssertSubscriber<StreamEvent> subscriber = follow(Subscription.builder().withId(type));
        await("listed").atMost(PATIENCE).until(() -> isListed(type));

        subscriber.cancel();

        await("released").atMost(PATIENCE).until(() -> !isListed(type));
    }

    @Test
    void unsubscribing_by_id_completes_the_consumers_stream() {
        AssertSubscriber<StreamEvent> subscriber = follow(Subscription.builder().withId(type));
        AssertSubscriber<StreamEvent> other = follow(Subscription.builder().withId(type + "-other"));
        await("listed").atMost(PATIENCE).until(() -> isListed(type) && isListed(type + "-other"));

        assertThat(streamer.unsubscribe(type)).isEqualTo(1);

        subscriber.awaitCompletion(PATIENCE);
        assertThat(streamer.unsubscribe("nobody")).isZero();
        other.assertNotTerminated().cancel();
        await("released").atMost(PATIENCE).until(() -> !isListed(type));
    }

    @Test
    void a_permission_that_throws_ends_its_subscriber_and_no_other() {
        AtomicBoolean permitted = new AtomicBoolean(true);
        List<AssertSubscriber<ReceiverSignal>> broken = new ArrayList<>();
        for (Error error : List.of(new StackOverflowError(), new NoClassDefFoundError())) {
            broken.add(signals(now -> {
                throw error;
            }));
        }
        broken.add(signals(now -> {
            throw new IllegalStateException("once is enough");
        }));
        AssertSubscriber<ReceiverSignal> good = signals(now -> permitted.get());

        broken.forEach(
                subscriber -> assertThat(subscriber.awaitCompletion(PATIENCE).getLastItem())
                        .isInstanceOfSatisfying(ReceiverSignal.Closing.class, closing -> assertThat(closing.reason())
                                .isEqualTo(ReceiverSignal.CloseReason.EXPIRED)));
        good.assertNotTerminated();
        // The others are still looked after.
        permitted.set(false);
        good.awaitCompletion(PATIENCE);
    }

    private AssertSubscriber<ReceiverSignal> signals(Permission permission) {
        return streamer.subscribe(
                        Subscription.builder().permittedWhile(permission).build())
                .signals()
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
    }

    @Test
    void closing_a_receiver_before_or_after_it_is_used_ends_it() {
        EventStreamReceiver before = streamer.subscribe(Subscription.builder().build());
        before.close();
        before.events()
                .subscribe()
                .withSubscriber(AssertSubscriber.create(10))
                .awaitCompletion(PATIENCE)
                .assertHasNotReceivedAnyItem();

        EventStreamReceiver after = streamer.subscribe(Subscription.builder().build());
        AssertSubscriber<StreamEvent> subscriber =
                after.events().subscribe().withSubscriber(AssertSubscriber.create(10));
        after.close();
        subscriber.awaitCompletion(PATIENCE);
    }

    @Test
    void a_receiver_can_be_used_once() {
        EventStreamReceiver receiver = streamer.subscribe(Subscription.builder().build());
        var first = receiver.events().subscribe().withSubscriber(AssertSubscriber.create(1));

        receiver.events()
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1))
                .awaitFailure(PATIENCE)
                .assertFailedWith(IllegalStateException.class, "used once");

        first.cancel();
    }

    @Test
    void a_subscription_from_a_time_begins_with_the_first_event_of_that_time() {
        append(stream, "Early");
        AppendResult late = append(stream, "Late");
        Instant time = store.readEvent(late.firstGlobalPosition())
                .await()
                .atMost(PATIENCE)
                .orElseThrow()
                .timestamp();

        AssertSubscriber<StreamEvent> subscriber =
                follow(Subscription.builder().filterByAggregateType(type).fromTimestamp(time));

        subscriber.awaitItems(1, PATIENCE);
        assertThat(subscriber.getItems()).extracting(StreamEvent::eventType).containsExactly("Late");
        subscriber.cancel();
    }

    @Test
    void positions_are_those_of_the_log() {
        assertThat(streamer.streamPosition(type, "1").await().atMost(PATIENCE)).isZero();

        AppendResult result = append(stream, "A", "B");

        assertThat(streamer.streamPosition(type, "1").await().atMost(PATIENCE)).isEqualTo(2);
        await("delivered here").atMost(PATIENCE).until(() -> streamer.globalPosition() >= result.lastGlobalPosition());
        assertThat(streamer.epoch())
                .isEqualTo(store.head().await().atMost(PATIENCE).epoch());
    }

    @Test
    void append_all_takes_from_its_source_only_as_fast_as_results_are_asked_for() {
        AtomicInteger taken = new AtomicInteger();
        AssertSubscriber<AppendResult> subscriber =
                store.appendAll(requests(taken)).subscribe().withSubscriber(AssertSubscriber.create(3));

        subscriber.awaitItems(3, PATIENCE);

        assertThat(taken.get()).isBetween(3, 4);
        subscriber.request(7).awaitItems(10, PATIENCE);
        assertThat(taken.get()).isBetween(10, 11);
        assertThat(subscriber.getItems())
                .extracting(result -> result.streams().get(0).streamPosition())
                .isEqualTo(LongStream.rangeClosed(1, 10).boxed().toList());
        subscriber.cancel();
    }

    @Test
    void append_all_ends_with_the_first_failure_and_takes_nothing_more() {
        AtomicInteger taken = new AtomicInteger();
        Multi<AppendRequest> requests = requests(taken)
                .map(request -> taken.get() < 3
                        ? request
                        : AppendRequest.to(stream, ExpectedPosition.at(77), List.of(NewEvent.of("A", "1"))));

        AssertSubscriber<AppendResult> subscriber =
                store.appendAll(requests).subscribe().withSubscriber(AssertSubscriber.create(100));

        subscriber.awaitFailure(PATIENCE).assertFailedWith(EventStoreException.VersionConflict.class);
        assertThat(subscriber.getItems()).hasSize(2);
        assertThat(taken.get()).isLessThanOrEqualTo(4);
        assertThat(store.streamPosition(stream).await().atMost(PATIENCE)).isEqualTo(2);
    }

    private Multi<AppendRequest> requests(AtomicInteger taken) {
        return Multi.createBy()
                .repeating()
                .supplier(() -> {
                    taken.incrementAndGet();
                    return AppendRequest.to(stream, ExpectedPosition.ANY, List.of(NewEvent.of("A", "1")));
                })
                .indefinitely();
    }

    private AssertSubscriber<StreamEvent> follow(SubscriptionBuilder subscription) {
        return streamer.subscribe(subscription.build())
                .events()
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
    }

    private AppendResult append(StreamId to, String... eventTypes) {
        List<NewEvent> events = new ArrayList<>();
        for (String eventType : eventTypes) {
            events.add(NewEvent.of(eventType, "1"));
        }
        return store.append(AppendRequest.to(to, ExpectedPosition.ANY, events))
                .await()
                .atMost(PATIENCE);
    }

    private boolean isListed(String id) {
        return streamer.subscriptions().stream().anyMatch(active -> active.id().equals(id));
    }
}
