package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.RawHttp;
import io.eventuali.support.RawHttp.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stranger's body is neither waited for nor asked for: none of these requests ends, and all are answered. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class CredentialsFirstIT {
    private static final String STREAM = "/v1/streams/Order/x/events";
    private static final String HEAD = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

    @TestHTTPResource
    URL server;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST " + STREAM + HEAD + "Content-Length: 200000\r\n\r\n[",
                "POST " + STREAM + HEAD + "Content-Length: 16000000\r\n\r\n[",
                "POST " + STREAM + HEAD + "Content-Length: 99999999999\r\n\r\n[",
                "POST " + STREAM + HEAD + "Transfer-Encoding: chunked\r\n\r\nf00000\r\n[",
                "POST http://x" + STREAM + HEAD + "Transfer-Encoding: chunked\r\n\r\nf00000\r\n[",
                "POST http://x/v1/events" + HEAD + "Content-Length: 200000\r\n\r\n[",
                "POST " + STREAM + HEAD + "Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n",
                "POST " + STREAM + HEAD + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
                "POST " + STREAM + HEAD
                        + "X-API-Key: evk_wrong\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n",
                "POST /v1/sagas/trip" + HEAD + "Content-Length: 200000\r\n\r\n{",
                "POST /v1/tickets" + HEAD + "Transfer-Encoding: chunked\r\n\r\nf00000\r\n{",
                "PUT /v1/position" + HEAD + "Transfer-Encoding: chunked\r\n\r\nf00000\r\n{"
            })
    void the_body_of_a_stranger_is_not_waited_for(String request) throws IOException {
        Answer answer = new RawHttp(server).exchange(request.getBytes(StandardCharsets.US_ASCII));

        assertThat(answer.status()).as("%s", answer).isEqualTo(401);
        assertThat(answer.headers()).containsEntry("connection", "close").containsKey("www-authenticate");
    }

    @Test
    void a_stranger_cannot_fill_the_memory_with_a_body() throws IOException {
        byte[] head =
                ("POST " + STREAM + HEAD + "Transfer-Encoding: chunked\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] piece = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);

        assertThat(new RawHttp(server).sendForEver(head, piece, 64L << 20)).isLessThan(64L << 20);
    }

    @Test
    void nor_is_it_over_http_2() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpClientResponse answer = vertx.createHttpClient(new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setHttp2ClearTextUpgrade(false))
                    .request(HttpMethod.POST, server.getPort(), server.getHost(), STREAM)
                    .compose(request -> request.putHeader("Content-Type", "application/json")
                            .putHeader("Expect", "100-continue")
                            .continueHandler(told -> request.reset())
                            .setChunked(true)
                            .sendHead()
                            .compose(sent -> request.response()))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.version()).isEqualTo(HttpVersion.HTTP_2);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }
}
