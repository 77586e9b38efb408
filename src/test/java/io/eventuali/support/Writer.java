package io.eventuali.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;

/**
 * A client that appends single events to random streams, each with an id of its own, and repeats each with that id until it
 * has a definite answer. What it was told goes into a {@link History}.
 */
public final class Writer {
    /** Event types that writers use, so that readers can filter. */
    public static final List<String> TYPES = List.of("OrderPlaced", "OrderPaid", "StockReserved");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final History history;
    private final Function<String, URI> replicas;
    private final Random random;
    private final int streams;

    /** @param replicas gives an address of some replica for a path; asked anew for each attempt */
    public Writer(History history, Function<String, URI> replicas, long seed, int streams) {
        this.history = history;
        this.replicas = replicas;
        this.random = new Random(seed);
        this.streams = streams;
    }

    /** Appends one event, whatever it takes. */
    public void append() throws InterruptedException {
        UUID id = new UUID(random.nextLong(), random.nextLong());
        String path = "/v1/streams/Order/order-" + random.nextInt(streams) + "/events";
        String body = "[{\"eventId\":\"%s\",\"eventType\":\"%s\",\"data\":{\"n\":%d}}]"
                .formatted(id, TYPES.get(random.nextInt(TYPES.size())), random.nextInt());
        history.sending(id);
        while (true) {
            HttpResponse<String> response;
            try {
                response = Replica.HTTP.send(
                        HttpRequest.newBuilder(replicas.apply(path))
                                .header("Content-Type", "application/json")
                                .timeout(PATIENCE)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
            } catch (IOException lost) {
                // The outcome is unknown: the same request again settles it. The pause keeps a dead replica from eating
                // the CPU.
                Thread.sleep(20);
                continue;
            }
            switch (response.statusCode()) {
                case 200, 201 -> {
                    history.acknowledged(id, position(response.body()));
                    return;
                }
                case 429, 503 -> Thread.sleep(20);
                default -> throw new IllegalStateException(response.statusCode() + " " + response.body());
            }
        }
    }

    private static long position(String body) {
        try {
            JsonNode result = JSON.readTree(body);
            return result.get("firstGlobalPosition").asLong();
        } catch (IOException malformed) {
            throw new IllegalStateException(body, malformed);
        }
    }
}
