package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.RawHttp;
import io.eventuali.support.RawHttp.Answer;
import io.eventuali.support.RawHttp.Request;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** An address that sends bad credentials without end is told to stop, and keeps nobody out who has good ones. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class FailedCredentialsIT {
    private static final int ENOUGH = 3_000;

    @TestHTTPResource
    URI base;

    @Test
    void a_flood_of_bad_keys_tokens_and_tickets_is_told_to_stop() throws IOException {
        // An address of its own, so that other tests are not taken for this one.
        RawHttp flood = new RawHttp(base.toURL(), "127.0.0.77");
        Request[] bad = {
            Request.get("/v1/position", "X-API-Key: evk_nothing"),
            Request.get("/v1/position", "Authorization: Bearer nonsense"),
            Request.get("/v1/events/stream?ticket=evt_nothing")
        };
        assertThat(flood.send(bad[0]).status()).isEqualTo(401);

        Answer told = null;
        for (int i = 0; i < ENOUGH && (told == null || told.status() == 401); i++) {
            told = flood.send(bad[i % bad.length]);
        }

        assertThat(told.status()).isEqualTo(429);
        assertThat(told.headers().get("content-type")).isEqualTo("application/problem+json");
        assertThat(told.body()).contains("/problems/rate-limited");
        assertThat(Integer.parseInt(told.headers().get("retry-after"))).isPositive();
        assertThat(flood.send(Request.get("/v1/position", "X-API-Key: " + TestKeys.key("reader")))
                        .status())
                .as("a good key from the same address")
                .isEqualTo(200);
        assertThat(flood.send(Request.get("/v1/position")).status())
                .as("a request without credentials has guessed nothing")
                .isEqualTo(401);
        assertThat(new RawHttp(base.toURL(), "127.0.0.78").send(bad[0]).status())
                .as("another address")
                .isEqualTo(401);
    }

    /** Of kinds and in places that nobody looks at; each sort comes from an address of its own. */
    @Test
    void so_is_a_flood_of_credentials_that_are_of_no_kind_that_is_taken() throws IOException {
        List<Request> bad = List.of(
                Request.get("/v1/position", "Authorization: Basic YWRhOmFkYQ=="),
                Request.get("/v1/position", "Authorization: Digest username=ada"),
                Request.get("/v1/position", "Authorization: evk_nothing"),
                Request.get("/v1/position", "Authorization: Bearer"),
                Request.get("/v1/position", "Proxy-Authorization: Bearer nonsense"),
                Request.get("/v1/position", "Api-Key: nothing"),
                Request.get("/v1/position", "X-Anything: evk_nothing"),
                Request.get("/v1/position?access_token=nonsense"),
                Request.get("/q/health", "Authorization: Basic YWRhOmFkYQ=="));
        for (int n = 0; n < bad.size(); n++) {
            RawHttp flood = new RawHttp(base.toURL(), "127.0.0." + (100 + n));
            int status = 0;
            for (int i = 0; i < ENOUGH && status != 429; i++) {
                status = flood.send(bad.get(n)).status();
                assertThat(status).isIn(401, 429, n == bad.size() - 1 ? 200 : 401);
            }
            assertThat(status).as("%s", (Object) bad.get(n).headers()).isEqualTo(429);
        }
    }
}
