package io.eventuali.kafka;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.eventuali.event.StreamEvent;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.EventJson;
import io.eventuali.format.Substitutes;
import io.eventuali.tracing.EventTracing;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Events as records, and what can be told of a record without reading its value. */
final class RelayRecords {
    /** Global position of the event, in decimal digits. */
    static final String POSITION = "eventuali-position";

    /** Which log it is a position of. */
    static final String EPOCH = "eventuali-epoch";

    /** Id of the event, in whatever format the record is. */
    static final String EVENT_ID = "eventuali-event-id";

    /** Why a record is not the event itself. */
    static final String ERROR = "eventuali-error";

    private static final String JSON = "application/json";
    private static final int MAX_TOPIC = 249;
    private static final int HASH = 9;
    private static final String CONTENT_TYPE = "content-type";
    private static final String AGGREGATE_TYPE = "{aggregateType}";
    private static final Pattern ILLEGAL_IN_TOPIC = Pattern.compile("[^a-zA-Z0-9._-]");

    private final String topic;
    private final KafkaConfig.Format format;
    private final CloudEventMapping cloudEvents;
    private final Substitutes substitutes;

    RelayRecords(String topic, KafkaConfig.Format format, CloudEventMapping cloudEvents, Substitutes substitutes) {
        this.substitutes = substitutes;
        this.topic = topic;
        this.format = format;
        this.cloudEvents = cloudEvents;
    }

    /** The record of an event. Events of one stream have one key, so they are in one partition, in their order. */
    ProducerRecord<byte[], byte[]> of(StreamEvent event, String epoch) {
        return substitutes.render(event, () -> whole(event, epoch), reason -> substitute(event, epoch, reason));
    }

    /** What is sent for an event that the broker does not take, since it is too large. */
    ProducerRecord<byte[], byte[]> instead(StreamEvent event, String epoch, RuntimeException tooLarge) {
        return substitutes.instead(
                event, "it is too large for the broker", tooLarge, reason -> substitute(event, epoch, reason));
    }

    private ProducerRecord<byte[], byte[]> whole(StreamEvent event, String epoch) {
        ProducerRecord<byte[], byte[]> record =
                switch (format) {
                    case JSON -> record(event, EventJson.bytes(event), JSON);
                    case CLOUDEVENTS_STRUCTURED -> structured(event, cloudEvents.outgoing(event));
                    case CLOUDEVENTS_BINARY -> binary(event, cloudEvents.outgoing(event));
                };
        EventTracing.traceContext(event.metadata()).forEach((name, value) -> add(record.headers(), name, value));
        return placed(record, event, epoch);
    }

    private ProducerRecord<byte[], byte[]> substitute(StreamEvent event, String epoch, String reason) {
        ProducerRecord<byte[], byte[]> record =
                switch (format) {
                    case JSON -> record(event, EventJson.substitute(event, reason), JSON);
                    case CLOUDEVENTS_STRUCTURED -> structured(event, cloudEvents.substitute(event, reason));
                    case CLOUDEVENTS_BINARY -> binary(event, cloudEvents.substitute(event, reason));
                };
        add(record.headers(), ERROR, reason);
        return placed(record, event, epoch);
    }

    private static ProducerRecord<byte[], byte[]> placed(
            ProducerRecord<byte[], byte[]> record, StreamEvent event, String epoch) {
        add(record.headers(), POSITION, Long.toString(event.globalPosition()));
        add(record.headers(), EPOCH, epoch);
        add(record.headers(), EVENT_ID, event.eventId().toString());
        return record;
    }

    private ProducerRecord<byte[], byte[]> structured(StreamEvent event, CloudEvent cloudEvent) {
        return record(event, CloudEventJson.bytes(cloudEvent), CloudEventJson.STRUCTURED);
    }

    private ProducerRecord<byte[], byte[]> record(StreamEvent event, byte[] value, String contentType) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topicOf(event), null, event.timestamp().toEpochMilli(), key(event), value);
        add(record.headers(), CONTENT_TYPE, contentType);
        return record;
    }

    private ProducerRecord<byte[], byte[]> binary(StreamEvent event, CloudEvent cloudEvent) {
        String type = cloudEvent.getDataContentType();
        // With such a type of its data it would be taken for an event in JSON.
        return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/cloudevents")
                ? structured(event, cloudEvent)
                : KafkaMessageFactory.<byte[]>createWriter(
                                topicOf(event), null, event.timestamp().toEpochMilli(), key(event))
                        .writeBinary(cloudEvent);
    }

    private static byte[] key(StreamEvent event) {
        return event.streamId().toString().getBytes(StandardCharsets.UTF_8);
    }

    private String topicOf(StreamEvent event) {
        if (!topic.contains(AGGREGATE_TYPE)) {
            return topic;
        }
        String name = topic.replace(
                AGGREGATE_TYPE, ILLEGAL_IN_TOPIC.matcher(event.aggregateType()).replaceAll("_"));
        if (name.equals(".") || name.equals("..")) {
            return name.replace('.', '_');
        }
        // Kafka has no longer ones.
        return name.length() <= MAX_TOPIC
                ? name
                : name.substring(0, MAX_TOPIC - HASH)
                        + "-%08x".formatted(event.aggregateType().hashCode());
    }

    /** Whether a topic may be one that events were sent to. */
    Pattern topics() {
        int at = topic.indexOf(AGGREGATE_TYPE);
        return at < 0
                ? Pattern.compile(Pattern.quote(topic))
                : Pattern.compile(Pattern.quote(topic.substring(0, at)) + ".+"
                        + Pattern.quote(topic.substring(at + AGGREGATE_TYPE.length())));
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** The position that a record of this log has; empty for one of another log or of somebody else. */
    static OptionalLong position(Headers headers, String epoch) {
        Header position = headers.lastHeader(POSITION);
        Header of = headers.lastHeader(EPOCH);
        if (position == null || of == null || !text(of).equals(epoch)) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text(position)));
        } catch (NumberFormatException forged) {
            return OptionalLong.empty();
        }
    }

    /** Which event of which log a record is; empty for one of somebody else. */
    static Optional<Sent> sent(Headers headers) {
        Header epoch = headers.lastHeader(EPOCH);
        Header id = headers.lastHeader(EVENT_ID);
        if (epoch == null) {
            return Optional.empty();
        }
        OptionalLong position = position(headers, text(epoch));
        return position.isEmpty()
                ? Optional.empty()
                : Optional.of(new Sent(text(epoch), position.getAsLong(), id == null ? "" : text(id)));
    }

    private static String text(Header header) {
        return header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    /**
     * What a record says that it is.
     *
     * @param eventId empty if it does not say
     */
    record Sent(String epoch, long position, String eventId) {}
}
