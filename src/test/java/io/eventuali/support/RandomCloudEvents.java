package io.eventuali.support;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** CloudEvents with every mixture of attributes, extensions and kinds of data. */
public final class RandomCloudEvents {
    private static final String[] TEXTS = {
        "plain", "with space", "Größe", "100 %", "a/b?c=d&e", "\"quoted\"", "日本", "𝄞"
    };

    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private final RandomGenerator random;
    private final RandomJson json;

    public RandomCloudEvents(RandomGenerator random) {
        this.random = random;
        this.json = new RandomJson(random);
    }

    /** The next one; its id is new. */
    public CloudEvent next() {
        String id = new UUID(random.nextLong(), random.nextLong()).toString();
        var builder = CloudEventBuilder.v1()
                .withId(random.nextBoolean() ? id : text() + "-" + id)
                .withSource(URI.create(
                        random.nextBoolean() ? "https://shop.example/orders" : "urn:shop:" + random.nextInt(9)))
                .withType("com.example.Type" + random.nextInt(5));
        if (random.nextBoolean()) {
            builder.withSubject(text());
        }
        if (random.nextBoolean()) {
            builder.withTime(
                    OffsetDateTime.of(2026, 1 + random.nextInt(12), 3, 4, 5, 6, 120_000_000, ZoneOffset.ofHours(2)));
        }
        if (random.nextBoolean()) {
            builder.withDataSchema(URI.create("https://shop.example/schema/" + random.nextInt(9)));
        }
        if (random.nextBoolean()) {
            builder.withExtension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        }
        if (random.nextBoolean()) {
            builder.withExtension("partitionkey", text());
        }
        if (random.nextBoolean()) {
            builder.withExtension("comexampleother", text());
        }
        if (random.nextBoolean()) {
            builder.withExtension("correlationid", text());
        }
        return switch (random.nextInt(5)) {
            case 0 -> builder.build();
            case 1 ->
                builder.withDataContentType("text/plain")
                        .withData(BytesCloudEventData.wrap((text() + "\n" + text()).getBytes(StandardCharsets.UTF_8)))
                        .build();
            case 2 ->
                builder.withDataContentType("image/png")
                        .withData(BytesCloudEventData.wrap(bytes()))
                        .build();
            case 3 ->
                builder.withDataContentType("application/vnd.shop.v1+json; charset=utf-8")
                        .withData(
                                BytesCloudEventData.wrap(distinct(json::object).getBytes(StandardCharsets.UTF_8)))
                        .build();
            default ->
                builder.withDataContentType("application/json")
                        .withData(BytesCloudEventData.wrap(distinct(json::value).getBytes(StandardCharsets.UTF_8)))
                        .build();
        };
    }

    /** JSON without a name that occurs twice: readers differ in which of them counts. */
    private static String distinct(Supplier<String> json) {
        while (true) {
            String candidate = json.get();
            try {
                // Nor half of a surrogate pair, which the SDK cannot turn into bytes.
                if (StandardCharsets.UTF_8
                        .newEncoder()
                        .canEncode(STRICT.readTree(candidate).toString())) {
                    return candidate;
                }
            } catch (JsonProcessingException repeated) {
                // The next one, then.
            }
        }
    }

    private String text() {
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    private byte[] bytes() {
        byte[] bytes = new byte[1 + random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }
}
