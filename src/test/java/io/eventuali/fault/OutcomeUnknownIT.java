package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.History;
import io.eventuali.support.MutedProxy;
import io.eventuali.support.Replica;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The connection is lost after the database committed and before it could say so. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OutcomeUnknownIT {
    @Test
    void a_lost_answer_to_a_commit_is_reported_as_unknown_and_a_retry_settles_it() throws Exception {
        try (DatabaseServer database = new DatabaseServer();
                MutedProxy proxy = new MutedProxy(database.port());
                Connection connection = database.connect();
                Replica replica =
                        Replica.launch(database.url().replace(":" + database.port() + "/", ":" + proxy.port() + "/"))) {
            replica.awaitReady();
            UUID eventId = UUID.randomUUID();
            // The first append opens the connection that the second one loses.
            assertThat(append(replica, UUID.randomUUID()).join().statusCode()).isEqualTo(201);

            proxy.mute();
            CompletableFuture<HttpResponse<String>> unanswered = append(replica, eventId);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> History.stored(connection).size() == 2);
            proxy.cutAndHeal();
            HttpResponse<String> unknown = unanswered.join();
            assertThat(unknown.statusCode()).isEqualTo(503);
            assertThat(unknown.body()).contains("/problems/outcome-unknown").contains(eventId.toString());
            assertThat(unknown.headers().firstValue("Retry-After")).isPresent();

            HttpResponse<String> retried = await().atMost(Duration.ofSeconds(30))
                    .until(() -> append(replica, eventId).join(), response -> response.statusCode() != 503);
            assertThat(retried.statusCode()).isEqualTo(200);
            assertThat(retried.headers().firstValue("Idempotent-Replayed")).contains("true");
            assertThat(retried.body()).contains("\"streamPosition\":2");
            assertThat(History.stored(connection)).hasSize(2);
        }
    }

    private static CompletableFuture<HttpResponse<String>> append(Replica replica, UUID eventId) {
        return Replica.HTTP.sendAsync(
                HttpRequest.newBuilder(replica.uri("/v1/streams/Order/order-1/events"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "[{\"eventId\":\"%s\",\"eventType\":\"OrderPlaced\",\"data\":{}}]".formatted(eventId)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
