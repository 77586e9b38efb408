package io.eventuali.nativeimage;

import static org.awaitility.Awaitility.await;

import io.eventuali.security.TestKeys;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Issuer;
import io.eventuali.support.KafkaBroker;
import io.eventuali.support.LogClient;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import io.eventuali.support.SseProbe;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The classes that a packaged service loads while it is used in every way: what a native executable must know of, and more. */
final class LoadedClasses {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final String KEY = TestKeys.key("desk");
    private static final Pattern LOADED = Pattern.compile("^\\[[^\\]]*\\]\\s*(\\S+) source:");

    private LoadedClasses() {}

    /** Names with dots. */
    static Set<String> ofARun(Path directory) throws IOException, InterruptedException {
        Path loaded = directory.resolve("loaded-classes.log");
        Path keys = directory.resolve("keys");
        Files.writeString(
                keys,
                "desk.sha256=%s\ndesk.roles=admin,operator,publisher,subscriber\n# end\n"
                        .formatted(TestKeys.hash(KEY)));
        try (DatabaseServer database = new DatabaseServer();
                Issuer issuer = new Issuer();
                KafkaBroker broker = new KafkaBroker()) {
            broker.createTopic("used", 1);
            broker.createTopic("sent", 1);
            try (Replica replica = Replica.startJar(
                    PackagedApp.with("io.eventuali.saga.order"),
                    database,
                    "-Xlog:class+load=info:file=" + loaded + ":uptime",
                    "-Deventuali.security.enabled=true",
                    "-Deventuali.security.keys-file=" + keys,
                    "-Deventuali.security.rate-limit.requests-per-second=10000",
                    "-Dquarkus.oidc.auth-server-url=" + issuer.url(),
                    "-Dquarkus.oidc.token.audience=eventuali",
                    "-Deventuali.kafka.bootstrap-servers=" + broker.servers(),
                    "-Deventuali.kafka.in.topics=used",
                    "-Deventuali.kafka.out.topic=sent")) {
                use(replica, issuer, broker);
                replica.terminate();
                replica.awaitExit();
            }
        }
        Set<String> names = new TreeSet<>();
        for (String line : Files.readAllLines(loaded)) {
            Matcher matcher = LOADED.matcher(line);
            if (matcher.find()) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }

    private static void use(Replica replica, Issuer issuer, KafkaBroker broker)
            throws IOException, InterruptedException {
        String order = "/v1/streams/Order/1/events";
        post(replica, order, "application/json", "[{\"eventType\":\"OrderPlaced\",\"data\":{\"amount\":1}}]", 201);
        post(
                replica,
                "/v1/events",
                "application/cloudevents+json",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\",\"data\":1}",
                201);
        get(replica, order);
        get(replica, "/v1/events?eventType=Order*&format=cloudevents");
        get(replica, "/v1/projections");
        get(replica, "/v1/projections/event-statistics");
        get(replica, "/v1/sagas");
        get(replica, "/v1/subscriptions");
        get(replica, "/v1/tasks");
        get(replica, "/q/metrics");
        Replica.HTTP.send(
                HttpRequest.newBuilder(replica.uri("/v1/position"))
                        .header(
                                "Authorization",
                                "Bearer " + issuer.token("ada", Duration.ofMinutes(5), Set.of("subscriber"), Map.of()))
                        .build(),
                BodyHandlers.discarding());
        String ticket = LogClient.json(post(replica, "/v1/tickets", "application/json", "", 201))
                .get("ticket")
                .asText();
        try (SseProbe probe = SseProbe.to(replica.uri("/v1/events/stream?from=start&ticket=" + ticket))
                .open()) {
            probe.await("caught-up");
        }
        for (String compression : COMPRESSIONS) {
            try (KafkaProducer<byte[], byte[]> producer = broker.producer(compression)) {
                // Long enough to be worth compressing.
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                        "used",
                        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/k\",\"type\":\"Compressed\",\"data\":\"%s\"}"
                                .formatted(compression, "long ".repeat(1_000))
                                .getBytes(StandardCharsets.UTF_8));
                record.headers().add("content-type", "application/cloudevents+json".getBytes(StandardCharsets.UTF_8));
                producer.send(record);
            }
        }
        await().atMost(PATIENCE).until(() -> get(replica, "/v1/events?eventType=Compressed&format=cloudevents")
                .contains("\"id\":\"zstd\""));
    }

    private static String get(Replica replica, String path) throws IOException, InterruptedException {
        return Replica.HTTP
                .send(
                        HttpRequest.newBuilder(replica.uri(path))
                                .header("X-API-Key", KEY)
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    private static String post(Replica replica, String path, String type, String body, int status)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = Replica.HTTP.send(
                HttpRequest.newBuilder(replica.uri(path))
                        .header("X-API-Key", KEY)
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() != status) {
            throw new AssertionError(path + " was answered " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }
}
