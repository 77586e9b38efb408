package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk of a PostgreSQL server is full: what was acknowledged is kept, and appends work when there is room. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FullDiskIT {
    private static final String LARGE = "x".repeat(900_000);
    private final Set<UUID> acknowledged = new HashSet<>();

    @TempDir
    Path directory;

    @Test
    void appends_work_soon_after_there_is_room_and_nothing_acknowledged_is_lost() throws Exception {
        assumeTrue(sh("mount -t tmpfs -o size=160m none " + directory) == 0, "a small disk cannot be mounted here");
        DatabaseServer database = DatabaseServer.in(directory.resolve("pg"));
        try (Replica replica = Replica.start(
                database, "-Deventuali.store.append.timeout=3s", "-Deventuali.store.append.lock-timeout=2s")) {
            assertThat(append(replica)).isEqualTo(201);

            sh("dd if=/dev/zero of=" + directory + "/filler bs=1M");
            await().atMost(Duration.ofSeconds(60)).until(() -> append(replica) == 503);
            await().atMost(Duration.ofSeconds(10)).until(() -> replica.status("/q/health/ready") == 503);
            assertThat(replica.status("/q/health/live")).isEqualTo(200);

            sh("rm " + directory + "/filler");
            if (!database.isRunning()) {
                // A server that finds no room for its WAL ends; whoever runs it starts it again.
                database.kill();
                database.start();
            }
            await().atMost(Duration.ofSeconds(15)).until(() -> append(replica) == 201);
            replica.awaitReady();
            Set<UUID> stored = new HashSet<>();
            for (String id : database.value("SELECT string_agg(event_id::text, ' ') FROM events")
                    .split(" ")) {
                stored.add(UUID.fromString(id));
            }
            assertThat(stored).containsAll(acknowledged);
        } finally {
            database.close();
            sh("umount " + directory);
        }
    }

    private int append(Replica replica) throws Exception {
        UUID id = UUID.randomUUID();
        int status = Replica.HTTP
                .send(
                        HttpRequest.newBuilder(replica.uri("/v1/streams/Order/1/events"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "[{\"eventId\":\"%s\",\"eventType\":\"OrderPlaced\",\"data\":\"%s\"}]"
                                                .formatted(id, LARGE)))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
        if (status == 201) {
            acknowledged.add(id);
        }
        return status;
    }

    private static int sh(String command) throws Exception {
        return new ProcessBuilder("sh", "-c", command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
