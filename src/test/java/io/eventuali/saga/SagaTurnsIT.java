package io.eventuali.saga;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Whose turn it is when there are more sagas than places. */
@QuarkusTest
@TestProfile(SagaTurnsIT.TwoPlaces.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaTurnsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PLACES = 2;
    private static final int TRIPS = 40;

    /** Two sagas at a time. */
    public static class TwoPlaces implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("eventuali.saga.concurrency", Integer.toString(PLACES), "eventuali.saga.poll", "50ms");
        }
    }

    @Test
    void a_type_with_few_sagas_does_not_wait_until_one_with_many_is_through_and_the_oldest_come_first() {
        Semaphore gate = new Semaphore(0);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Integer> begun = new ArrayList<>();
        for (int i = 0; i < TRIPS; i++) {
            int number = i;
            String trip = UUID.randomUUID().toString();
            TripSaga.SCRIPT.put(trip + ":car", (data, context) -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                synchronized (begun) {
                    begun.add(number);
                }
                gate.acquireUninterruptibly();
                running.decrementAndGet();
                return null;
            });
            start(TripSaga.NAME, "{\"id\":\"" + trip + "\"}");
        }
        await().atMost(PATIENCE).until(() -> running.get() == PLACES);
        String invoiced = UUID.randomUUID().toString();
        start(InvoiceSaga.NAME, "{\"trip\":\"" + invoiced + "\"}");

        // One trip after the other gives its place to whose turn it is.
        for (int done = 0; done < TRIPS - PLACES && !InvoiceSaga.WRITTEN.contains(invoiced); done++) {
            int after = begun(begun) + 1;
            gate.release();
            await().atMost(PATIENCE).until(() -> InvoiceSaga.WRITTEN.contains(invoiced) || begun(begun) >= after);
        }

        assertThat(InvoiceSaga.WRITTEN).contains(invoiced);
        assertThat(begun(begun)).isLessThanOrEqualTo(TRIPS / 2);
        gate.release(TRIPS);
        await().atMost(PATIENCE).until(() -> begun(begun) == TRIPS);
        assertThat(most.get()).isEqualTo(PLACES);
        // Of those that waited in the table; which of the first ones found a place is up to the network.
        assertThat(begun.subList(TRIPS / 2, TRIPS)).allMatch(number -> number >= TRIPS / 4);
    }

    private static int begun(List<Integer> begun) {
        synchronized (begun) {
            return begun.size();
        }
    }

    private static void start(String type, String data) {
        given().contentType("application/json")
                .body("{\"data\":" + data + "}")
                .post("/v1/sagas/" + type)
                .then()
                .statusCode(201);
    }
}
