package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.projection.app.OrderChains;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rolling update of a projection's code: replicas with the old version and with the new one side by side. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RollingVersionIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String PROJECTION = "/v1/projections/" + OrderChains.NAME;
    private static final String ORDER = "order-1";

    private final Path app = PackagedApp.with("io.eventuali.projection.app");

    @Test
    void the_old_version_is_served_until_the_new_one_has_caught_up_and_never_again(@TempDir Path directory)
            throws IOException {
        Path gate = directory.resolve("open");
        try (DatabaseServer database = new DatabaseServer();
                Replica old = Replica.startJar(app, database, "-Dtest.version=1")) {
            LogClient writer = new LogClient(old.uri("/"));
            for (int i = 0; i < 200; i++) {
                append(writer);
            }
            try (Replica next = Replica.startJar(app, database, "-Dtest.version=2", "-Dtest.gate=" + gate)) {
                await().atMost(PATIENCE)
                        .until(() -> !json(next.get(PROJECTION)).get("rebuild").isNull());

                // Built, but not served: both replicas go on with what the old code makes.
                for (int i = 0; i < 20; i++) {
                    long position = append(writer);
                    for (Replica replica : new Replica[] {old, next}) {
                        JsonNode chain = json(replica.get(state(position)));
                        assertThat(chain.get("version").asInt()).isEqualTo(1);
                        assertThat(chain.get("last").asLong()).isEqualTo(position);
                    }
                }

                AtomicBoolean stop = new AtomicBoolean();
                AtomicInteger reads = new AtomicInteger();
                CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> watch(stop, reads, old, next));
                CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
                    while (!stop.get()) {
                        append(writer);
                    }
                });
                Files.createFile(gate);
                await().atMost(PATIENCE)
                        .until(() -> json(old.get(PROJECTION)).get("version").asInt() == 2
                                && json(next.get(PROJECTION)).get("rebuild").isNull());
                int readsThen = reads.get();
                await().atMost(PATIENCE).until(() -> reader.isDone() || reads.get() > readsThen + 20);
                stop.set(true);
                load.join();
                reader.join();

                // Old code that starts again finds that newer code was there.
                try (Replica late = Replica.startJar(app, database, "-Dtest.version=1")) {
                    long position = append(new LogClient(late.uri("/")));
                    for (Replica replica : new Replica[] {late, old, next}) {
                        JsonNode chain = json(replica.get(state(position)));
                        assertThat(chain.get("version").asInt()).isEqualTo(2);
                        assertThat(chain.get("count").asLong()).isEqualTo(position);
                    }
                    assertThat(json(late.get(PROJECTION)).get("rebuild").isNull())
                            .isTrue();
                }
            }
        }
    }

    /** Reads in turn at both replicas: neither the version nor the position of the document may go back. */
    private static void watch(AtomicBoolean stop, AtomicInteger reads, Replica... replicas) {
        int version = 1;
        long last = 0;
        while (!stop.get()) {
            JsonNode chain = json(replicas[reads.get() % replicas.length].get(state(0)));
            assertThat(chain.get("version").asInt()).isGreaterThanOrEqualTo(version);
            assertThat(chain.get("last").asLong()).isGreaterThanOrEqualTo(last);
            // Every event is this order's, so a document of either version counts all of them.
            assertThat(chain.get("count").asLong()).isEqualTo(chain.get("last").asLong());
            version = chain.get("version").asInt();
            last = chain.get("last").asLong();
            reads.incrementAndGet();
        }
    }

    private static String state(long after) {
        return PROJECTION + "/state/" + ORDER + "?timeout=20s&after=" + after;
    }

    private static long append(LogClient writer) {
        return writer.append("Order", ORDER, LogClient.event("OrderPlaced", "{}"));
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException malformed) {
            throw new AssertionError(text, malformed);
        }
    }
}
