package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.stream.Place.Kind;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.support.Configs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.operators.multi.processors.UnicastProcessor;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A place is held as long as an answer goes on, no longer, and no longer than an operator lets it be. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PlacesTest {
    private final Places places = new Places(
            Configs.of(StreamConfig.class, Map.of("eventuali.subscription.max", "3")),
            new StreamMeters(new SimpleMeterRegistry()));

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_place_is_listed_and_counts_the_bytes_that_went_over_it(Kind kind) {
        UnicastProcessor<byte[]> items = UnicastProcessor.create();
        AssertSubscriber<byte[]> answer = places.on(kind, "sales", client("alice"), items)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(10));
        items.onNext(new byte[7]);
        items.onNext(new byte[5]);

        assertThat(places.held()).singleElement().satisfies(place -> {
            assertThat(place.kind()).isEqualTo(kind);
            assertThat(place.projection()).isEqualTo("sales");
            assertThat(place.client().principal()).isEqualTo("alice");
            assertThat(place.bytes()).isEqualTo(12);
        });
        items.onComplete();
        answer.assertCompleted();
        assertThat(places.held()).isEmpty();
    }

    @Test
    void a_place_comes_back_however_the_answer_ends() {
        for (int i = 0; i < 4; i++) {
            answer("alice", Multi.createFrom().<String>nothing()).cancel();
            answer("alice", Multi.createFrom().<String>empty()).assertCompleted();
            answer("alice", Multi.createFrom().<String>failure(new IllegalStateException("broken")))
                    .assertFailedWith(IllegalStateException.class, "broken");
        }

        assertThat(places.held()).isEmpty();
        answer("alice", Multi.createFrom().items("a", "b"))
                .assertItems("a", "b")
                .assertCompleted();
    }

    @Test
    void one_who_has_taken_half_of_the_places_gets_no_more_and_another_does() {
        answer("alice", Multi.createFrom().nothing());
        answer("alice", Multi.createFrom().nothing());

        NoPlaceException refused =
                (NoPlaceException) answer("alice", Multi.createFrom().nothing())
                        .assertFailedWith(NoPlaceException.class)
                        .getFailure();

        assertThat(refused.reason()).isEqualTo(CloseReason.OVERLOADED);
        answer("bob", Multi.createFrom().nothing()).assertNotTerminated();
        answer("carol", Multi.createFrom().nothing()).assertFailedWith(NoPlaceException.class);
    }

    @Test
    void an_operator_ends_what_goes_on() {
        AssertSubscriber<Object> stream = answer("alice", Multi.createFrom().nothing());
        AssertSubscriber<Object> other = answer("bob", Multi.createFrom().nothing());

        places.held().forEach(place -> places.end(place.id(), ""));

        for (Throwable failure : new Throwable[] {stream.getFailure(), other.getFailure()}) {
            assertThat(failure).isInstanceOfSatisfying(NoPlaceException.class, ended -> assertThat(ended.reason())
                    .isEqualTo(CloseReason.UNSUBSCRIBED));
        }
        assertThat(places.held()).isEmpty();
    }

    @Test
    void what_is_ended_is_that_of_the_principal_that_was_named() {
        AssertSubscriber<Object> stream = answer("alice", Multi.createFrom().nothing());
        String id = places.held().get(0).id();

        assertThat(places.end(id, "bob")).isZero();
        stream.assertNotTerminated();

        assertThat(places.end(id, "alice")).isEqualTo(1);
        stream.assertFailedWith(NoPlaceException.class);
    }

    private <T> AssertSubscriber<T> answer(String principal, Multi<T> items) {
        return places.on(Kind.STATES, "", client(principal), items)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(10));
    }

    private static Client client(String principal) {
        return new Client(principal, "192.0.2.1:4711", "192.0.2.1", new Object());
    }
}
