package io.eventuali.kafka;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.eventuali.event.StreamEvent;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.EventJson;
import io.eventuali.tracing.EventTracing;
import java.nio.charset.StandardCharsets;
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

    private static final String CONTENT_TYPE = "content-type";
    private static final String AGGREGATE_TYPE = "{aggregateType}";
    private static final Pattern ILLEGAL_IN_TOPIC = Pattern.compile("[^a-zA-Z0-9._-]");

    private final String topic;
    private final KafkaConfig.Format format;
    private final CloudEventMapping cloudEvents;

    RelayRecords(String topic, KafkaConfig.Format format, CloudEventMapping cloudEvents) {
        this.topic = topic;
        this.format = format;
        this.cloudEvents = cloudEvents;
    }

    /** The record of an event. Events of one stream have one key, so they are in one partition, in their order. */
    ProducerRecord<byte[], byte[]> of(StreamEvent event, String epoch) {
        byte[] key = event.streamId().toString().getBytes(StandardCharsets.UTF_8);
        long timestamp = event.timestamp().toEpochMilli();
        ProducerRecord<byte[], byte[]> record =
                switch (format) {
                    case JSON -> new ProducerRecord<>(topicOf(event), null, timestamp, key, EventJson.bytes(event));
                    case CLOUDEVENTS_STRUCTURED ->
                        new ProducerRecord<>(
                                topicOf(event),
                                null,
                                timestamp,
                                key,
                                CloudEventJson.bytes(cloudEvents.outgoing(event)));
                    case CLOUDEVENTS_BINARY -> binary(event, timestamp, key);
                };
        Headers headers = record.headers();
        if (format != KafkaConfig.Format.CLOUDEVENTS_BINARY) {
            add(
                    headers,
                    CONTENT_TYPE,
                    format == KafkaConfig.Format.JSON ? "application/json" : CloudEventJson.STRUCTURED);
        }
        add(headers, POSITION, Long.toString(event.globalPosition()));
        add(headers, EPOCH, epoch);
        EventTracing.traceContext(event.metadata()).forEach((name, value) -> add(headers, name, value));
        return record;
    }

    private ProducerRecord<byte[], byte[]> binary(StreamEvent event, long timestamp, byte[] key) {
        CloudEvent cloudEvent = cloudEvents.outgoing(event);
        return KafkaMessageFactory.<byte[]>createWriter(topicOf(event), null, timestamp, key)
                .writeBinary(cloudEvent);
    }

    private String topicOf(StreamEvent event) {
        return topic.contains(AGGREGATE_TYPE)
                ? topic.replace(
                        AGGREGATE_TYPE,
                        ILLEGAL_IN_TOPIC.matcher(event.aggregateType()).replaceAll("_"))
                : topic;
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

    private static String text(Header header) {
        return header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
