package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Issuer;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A provider changes its keys when it likes, and tokens that nobody signed do not keep those of the new key out. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SigningKeysIT {
    private static final Duration SECONDS = Duration.ofSeconds(10);

    private final KeyPair stranger = Issuer.keyPair();

    @AfterEach
    void repair() {
        Secured.issuer.setAvailable(true);
        awaitGood();
    }

    @Test
    void a_made_up_key_id_does_not_keep_the_next_key_out() {
        assertThat(madeUp()).isEqualTo(401);

        Secured.issuer.rotate();

        awaitGood();
    }

    @Test
    void two_new_keys_within_seconds_are_both_honoured() {
        Secured.issuer.rotate();
        awaitGood();

        Secured.issuer.rotate();

        awaitGood();
    }

    @Test
    void a_token_of_a_key_that_is_not_published_any_more_is_refused() {
        String old = good();
        Secured.issuer.rotate();
        awaitGood();

        assertThat(status(old)).isEqualTo(401);
    }

    @Test
    void a_provider_that_fails_meanwhile_costs_no_more_than_the_time_it_fails() {
        String known = good();
        assertThat(status(known)).isEqualTo(200);
        Secured.issuer.setAvailable(false);
        Secured.issuer.rotate();
        int before = Secured.issuer.keyRequests();

        await("the provider was asked in vain").atMost(SECONDS).until(() -> {
            assertThat(status(good())).isEqualTo(401);
            return Secured.issuer.keyRequests() > before;
        });

        assertThat(status(known)).as("tokens of the key that is known").isEqualTo(200);
        Secured.issuer.setAvailable(true);
        awaitGood();
    }

    @Test
    void a_flood_of_made_up_key_ids_does_not_reach_the_provider() {
        int before = Secured.issuer.keyRequests();
        long begun = System.nanoTime();

        IntStream.range(0, 200).parallel().forEach(i -> assertThat(madeUp()).isEqualTo(401));

        long periods = Duration.ofNanos(System.nanoTime() - begun).toSeconds() / 2 + 1;
        assertThat((long) Secured.issuer.keyRequests() - before)
                .as(
                        "one an interval, or one of each thread that began at the same moment; none if the interval had just begun")
                .isLessThanOrEqualTo(periods * Runtime.getRuntime().availableProcessors() * 2);
        assertThat(given().header("Authorization", "Bearer nonsense")
                        .get("/v1/position")
                        .statusCode())
                .isEqualTo(401);
        assertThat(Secured.issuer.introspections())
                .as("questions about one token")
                .isZero();
    }

    private void awaitGood() {
        String token = good();
        await("a token of the new key").atMost(SECONDS).until(() -> status(token) == 200);
    }

    private int madeUp() {
        return status(Secured.issuer.madeUpToken("eve", Set.of("admin"), stranger));
    }

    private static String good() {
        return Secured.issuer.token("ada", Duration.ofMinutes(5), Set.of("subscriber"), Map.of());
    }

    private static int status(String token) {
        return given().header("Authorization", "Bearer " + token)
                .get("/v1/position")
                .statusCode();
    }
}
