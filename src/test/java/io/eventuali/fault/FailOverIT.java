package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.fault.parcel.HeapTally;
import io.eventuali.fault.parcel.StoredTally;
import io.eventuali.fault.parcel.TableTally;
import io.eventuali.fault.parcel.Tally;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Follower;
import io.eventuali.support.History;
import io.eventuali.support.History.Stored;
import io.eventuali.support.LogClient;
import io.eventuali.support.MutedProxy;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import io.eventuali.support.Writer;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * A standby takes over that has not received the last commits, or has; a volume is put back. Nothing that was remembered of the log before is in
 * anything that is made of the one after: not in what followers get, not in projections, not in sagas. What is lost is named.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FailOverIT {
    private static final Seed SEED = Seed.next();
    private static final int ROUNDS = Rounds.of(1, "times a volume put back and two fail-overs", SEED);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int STREAMS = 7;

    /** With {@code -Drounds=3} outages last up to 15 s. */
    private static final boolean LONG = Integer.getInteger("rounds", 1) > 2;

    private static final int REPLICAS = 3;

    private final Path app = PackagedApp.with("io.eventuali.fault.parcel", TableTally.SETTINGS);
    private final RandomGenerator random = SEED.random();

    @Test
    void nothing_of_a_log_is_in_what_is_made_of_the_one_that_takes_its_place() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            DatabaseServer server = new DatabaseServer();
            try (MutedProxy service = new MutedProxy(server.port());
                    Scene scene = new Scene(service)) {
                putBack(scene, server, service);
                server = failOver(scene, server, service, true);
                server = failOver(scene, server, service, false);
            } finally {
                server.close();
            }
        }
    }

    /** The volume of a server is put back: server and timeline are the same, and both go back. */
    private void putBack(Scene scene, DatabaseServer server, MutedProxy service) throws Exception {
        scene.append(40 + random.nextInt(40));
        scene.awaitCaughtUp();
        // As a snapshot of a volume is: of one moment, without a farewell.
        server.kill();
        DatabaseServer snapshot = server.copy();
        server.start();
        scene.append(1 + random.nextInt(40));
        scene.awaitCaughtUp();

        server.kill();
        server.takeDataOf(snapshot);
        server.start();
        service.cutAll();

        scene.checkReplaced(server, true);
    }

    /** A standby takes over, with all commits or without the last ones. */
    private DatabaseServer failOver(Scene scene, DatabaseServer primary, MutedProxy service, boolean lossy)
            throws Exception {
        primary.kill();
        DatabaseServer standby = primary.copy();
        try (MutedProxy replication = new MutedProxy(primary.port())) {
            standby.follow(replication.port());
            primary.start();
            standby.start();
            scene.append(40 + random.nextInt(100));
            int waiting = scene.send(3 + random.nextInt(5));
            scene.awaitCaughtUp();
            await().atMost(PATIENCE).until(() -> scene.sagas(primary, "in_progress") >= waiting);
            awaitReceived(primary, standby);
            CompletableFuture<Void> busy = CompletableFuture.completedFuture(null);
            if (lossy) {
                standbyIsKilledWhileItReceives(scene, primary, standby);
                replication.mute();
                scene.append(1 + random.nextInt(100));
                scene.arrive(1 + random.nextInt(waiting));
                scene.send(1 + random.nextInt(3));
                scene.awaitCaughtUp();
                busy = random.nextBoolean() ? scene.startAppends(30) : busy;
            }

            primary.kill();
            replication.cutAll();
            Thread.sleep(300 + random.nextInt(LONG ? 14_700 : 700));
            standby.promote();
            service.leadTo(standby.port());
            service.cutAll();
            busy.join();

            scene.checkReplaced(standby, lossy);
            return standby;
        }
    }

    private void standbyIsKilledWhileItReceives(Scene scene, DatabaseServer primary, DatabaseServer standby) {
        CompletableFuture<Void> appends = scene.startAppends(30);
        standby.kill();
        standby.start();
        appends.join();
        awaitReceived(primary, standby);
    }

    @Test
    void two_recoveries_of_one_log_are_two_logs() {
        DatabaseServer server = new DatabaseServer();
        String before;
        try (Replica replica = Replica.start(server)) {
            new LogClient(replica.uri("/")).append("Order", "a", LogClient.event("OrderPlaced", "{}"));
            before = epoch(replica);
        }
        server.close();
        Set<String> epochs = new HashSet<>(Set.of(before));
        for (int recovery = 0; recovery < 2; recovery++) {
            DatabaseServer recovered = server.copy();
            // As a recovery to a point in time ends: the server begins the next timeline after the one that it has.
            recovered.follow(server.port());
            recovered.start();
            recovered.promote();
            // As a start of the service does.
            String epoch = recovered.value("SELECT mark FROM check_log_identity('', 0, 0, NULL, NULL)")
                    .split(" ")[0];
            assertThat(epochs.add(epoch)).as("%s", epochs).isTrue();
            assertThat(epoch).endsWith("-00000002");
            assertThat(recovered.value("SELECT from_epoch || ' ' || reason FROM log_incident"))
                    .isEqualTo(before + " timeline");
            recovered.close();
        }
    }

    private static void awaitReceived(DatabaseServer primary, DatabaseServer standby) {
        String written = primary.value("SELECT pg_current_wal_lsn()");
        await().atMost(PATIENCE)
                .until(() -> standby.value("SELECT coalesce(pg_last_wal_replay_lsn(), '0/0') >= '" + written + "'")
                        .equals("t"));
    }

    private static String epoch(Replica replica) {
        return LogClient.json(replica.get("/v1/position")).get("epoch").asText();
    }

    /** Replicas, and who uses them. */
    private final class Scene implements AutoCloseable {
        private final List<Replica> replicas = new ArrayList<>();
        private final History history = new History();
        private final AtomicInteger turn = new AtomicInteger();
        private final Follower old;
        private final List<String> parcels = new ArrayList<>();
        /** Of the logs that there were, the newest last. */
        private final List<String> epochs = new ArrayList<>();

        Scene(MutedProxy service) {
            String url = "postgresql://postgres:postgres@localhost:" + service.port() + "/postgres";
            for (int i = 0; i < REPLICAS; i++) {
                replicas.add(Replica.launchJar(app, url, "-Deventuali.store.append.timeout=2s"));
            }
            replicas.forEach(Replica::awaitReady);
            epochs.add(epoch(0));
            old = new Follower(any(), "from=start");
        }

        Function<String, URI> any() {
            return path -> replicas.get(Math.floorMod(turn.getAndIncrement(), replicas.size()))
                    .uri(path);
        }

        LogClient client() {
            return new LogClient(any().apply("/"));
        }

        void append(int events) throws InterruptedException {
            append(new Writer(history, any(), random.nextLong(), STREAMS), events);
        }

        private static void append(Writer writer, int events) throws InterruptedException {
            for (int i = 0; i < events; i++) {
                writer.append();
            }
        }

        /** Appends while something else happens. */
        CompletableFuture<Void> startAppends(int events) {
            Writer writer = new Writer(history, any(), random.nextLong(), STREAMS);
            return CompletableFuture.runAsync(() -> {
                try {
                    append(writer, events);
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        int send(int count) {
            for (int i = 0; i < count; i++) {
                parcels.add("parcel-" + parcels.size());
                event("Parcel", parcels.get(parcels.size() - 1), "ParcelSent", "{\"weight\":1}");
            }
            return count;
        }

        void arrive(int count) {
            for (int i = 0; i < count; i++) {
                event("Parcel", parcels.get(parcels.size() - 1 - i), "ParcelArrived", "{}");
            }
        }

        private void event(String type, String id, String eventType, String data) {
            UUID eventId = new UUID(random.nextLong(), random.nextLong());
            history.sending(eventId);
            long position = client().append(
                            type,
                            id,
                            "{\"eventId\":\"%s\",\"eventType\":\"%s\",\"data\":%s}"
                                    .formatted(eventId, eventType, data));
            history.acknowledged(eventId, position);
        }

        /** The follower, and so its replica, has seen everything; both projections too, on both replicas. */
        void awaitCaughtUp() {
            long head = head(0);
            await().atMost(PATIENCE).until(() -> old.lastId() >= head);
            for (Replica replica : replicas) {
                for (String projection : List.of(StoredTally.NAME, HeapTally.NAME)) {
                    replica.get("/v1/projections/" + projection + "/state/order-0?timeout=20s&after=" + head);
                }
            }
        }

        long head(int replica) {
            return LogClient.json(replicas.get(replica).get("/v1/position"))
                    .get("globalPosition")
                    .asLong();
        }

        String epoch(int replica) {
            return FailOverIT.epoch(replicas.get(replica));
        }

        long sagas(DatabaseServer server, String status) {
            return Long.parseLong(server.value("SELECT count(*) FROM saga WHERE status = '" + status + "'"));
        }

        void checkReplaced(DatabaseServer server, boolean lossy) throws Exception {
            String before = epochs.get(epochs.size() - 1);
            append(20 + random.nextInt(60));
            replicas.forEach(Replica::awaitReady);
            String after = epoch(0);
            assertThat(epochs).doesNotContain(after);
            for (Replica replica : replicas) {
                await().atMost(PATIENCE).untilAsserted(() -> assertThat(FailOverIT.epoch(replica))
                        .isEqualTo(after));
            }
            epochs.add(after);
            // What is new starts sagas and is heard, wherever positions were before.
            int first = parcels.size();
            send(2);
            for (int i = 0; i < parcels.size(); i++) {
                event("Parcel", parcels.get(i), "ParcelArrived", "{}");
            }
            Set<String> sent = new HashSet<>();
            for (Stored event : stored(server)) {
                if (event.eventType().equals("ParcelSent")) {
                    sent.add(event.aggregateId());
                }
            }
            assertThat(sent).contains(parcels.get(first), parcels.get(first + 1));
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(sagas(server, "completed"))
                    .as("%s of %s", SEED, sent)
                    .isEqualTo(sent.size()));
            awaitQuiet(server);

            List<Stored> stored = stored(server);
            checkFollowers(after, stored);
            checkProjections(server, stored);
            Set<UUID> named = names(server);
            assertThat(history.violations(stored, named)).as("%s", SEED).isEmpty();
            checkIncident(before, after, lossy);
        }

        private void awaitQuiet(DatabaseServer server) {
            long[] last = {-1};
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> {
                long now = Long.parseLong(server.value("SELECT position FROM log_head"));
                boolean same = now == last[0];
                last[0] = now;
                return same;
            });
            await().atMost(PATIENCE).until(() -> old.lastId() >= last[0]);
        }

        /** Whatever came under an epoch is an event of that log; a follower that begins now gets the log there is. */
        private void checkFollowers(String after, List<Stored> stored) {
            assertThat(old.closings()).anySatisfy(closing -> assertThat(closing).contains("\"replaced\""));
            Map<Long, UUID> ids = new HashMap<>();
            stored.forEach(event -> ids.put(event.globalPosition(), event.eventId()));
            for (Follower.Delivery delivery : old.deliveries()) {
                if (delivery.epoch().equals(after)) {
                    assertThat(delivery.eventId())
                            .as("%s under %s, %s", delivery, after, SEED)
                            .isEqualTo(ids.get(delivery.position()));
                } else {
                    assertThat(epochs).contains(delivery.epoch());
                    assertThat(known(delivery, ids))
                            .as("%s, %s", delivery, SEED)
                            .isTrue();
                }
            }
            try (Follower fresh = new Follower(any(), "from=start")) {
                await().atMost(PATIENCE).until(() -> fresh.count() >= stored.size());
                assertThat(fresh.deliveries())
                        .extracting(Follower.Delivery::eventId)
                        .isEqualTo(stored.stream().map(Stored::eventId).toList());
            }
        }

        /** What came under the epoch before is common to both logs, or was given out before the other one had that position. */
        private boolean known(Follower.Delivery delivery, Map<Long, UUID> ids) {
            return delivery.eventId().equals(ids.get(delivery.position())) || !ids.containsValue(delivery.eventId());
        }

        private void checkProjections(DatabaseServer server, List<Stored> stored) {
            Map<String, List<UUID>> orders = new HashMap<>();
            stored.stream()
                    .filter(event -> event.aggregateType().equals("Order"))
                    .forEach(event -> orders.computeIfAbsent(event.aggregateId(), id -> new ArrayList<>())
                            .add(event.eventId()));
            long head = stored.size();
            await().atMost(PATIENCE)
                    .until(() -> LogClient.json(replicas.get(0).get("/v1/projections/" + TableTally.NAME))
                                    .get("position")
                                    .asLong()
                            >= head);
            orders.forEach((order, events) -> {
                Tally expected = Tally.of(events);
                assertThat(server.value("SELECT events || ' ' || hash FROM table_tally WHERE id = '" + order + "'"))
                        .as("%s of %s, %s", TableTally.NAME, order, SEED)
                        .isEqualTo(expected.count() + " " + expected.hash());
                for (Replica replica : replicas) {
                    for (String projection : List.of(StoredTally.NAME, HeapTally.NAME)) {
                        JsonNode state = LogClient.json(replica.get(
                                "/v1/projections/" + projection + "/state/" + order + "?timeout=20s&after=" + head));
                        assertThat(new Tally(
                                        state.get("count").asLong(),
                                        state.get("hash").asLong()))
                                .as("%s of %s, %s", projection, order, SEED)
                                .isEqualTo(expected);
                    }
                }
            });
        }

        private void checkIncident(String before, String after, boolean lossy) {
            int incidents = epochs.size() - 1;
            for (Replica replica : replicas) {
                JsonNode page = LogClient.json(replica.get("/v1/log/incidents")).get("incidents");
                JsonNode incident = page.get(0);
                assertThat(page).hasSize(incidents);
                assertThat(incident.get("from").asText()).isEqualTo(before);
                assertThat(incident.get("to").asText()).isEqualTo(after);
                assertThat(incident.get("lost").asLong() > 0)
                        .as("%s, %s", incident, SEED)
                        .isEqualTo(lossy);
                assertThat(incident.get("effects").findValuesAsText("kind"))
                        .as("%s", incident)
                        .contains("projection");
                assertThat(replica.metric("eventuali_log_replaced_total")).isEqualTo(incidents);
            }
            assertThat(LogClient.json(replicas.get(0).get("/v1/streams/Eventuali.Log/incidents/events"))
                            .get("events")
                            .findValuesAsText("eventType"))
                    .hasSize(incidents)
                    .containsOnly("LogReplaced");
        }

        private Set<UUID> names(DatabaseServer server) throws SQLException {
            Set<UUID> names = new HashSet<>();
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery("SELECT name FROM log_incident_effect WHERE kind = 'event'")) {
                while (rows.next()) {
                    names.add(UUID.fromString(rows.getString(1)));
                }
            }
            return names;
        }

        private List<Stored> stored(DatabaseServer server) throws SQLException {
            try (Connection connection = server.connect()) {
                return History.stored(connection);
            }
        }

        @Override
        public void close() {
            old.close();
            replicas.forEach(Replica::terminate);
            replicas.forEach(Replica::close);
        }
    }
}
