package io.eventuali.kafka;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Records that are CloudEvents, structured or binary.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka Protocol
 *     Binding 1.0.2</a>
 */
final class CloudEventRecords implements RecordMapping {
    private static final String CONTENT_TYPE = "content-type";
    private static final String ATTRIBUTE = "ce_";

    private final CloudEventMapping mapping;
    private final Function<String, UUID> ids;

    CloudEventRecords(CloudEventMapping mapping, Function<String, UUID> ids) {
        this.mapping = mapping;
        this.ids = ids;
    }

    @Override
    public IncomingEvent map(ConsumerRecord<byte[], byte[]> record) {
        return mapping.incoming(read(record), ids);
    }

    private static CloudEvent read(ConsumerRecord<byte[], byte[]> record) {
        Headers headers = new RecordHeaders();
        for (Header header : record.headers()) {
            // Without a value it says nothing.
            if (header.value() != null) {
                requireText(header);
                headers.add(header);
            }
        }
        Header type = headers.lastHeader(CONTENT_TYPE);
        if (type != null && mediaType(type).equals(CloudEventJson.STRUCTURED)) {
            if (record.value() == null) {
                throw new UnmappableException("the record has no value");
            }
            return CloudEventJson.read(record.value());
        }
        try {
            return KafkaMessageFactory.createReader(headers, record.value()).toEvent();
        } catch (RuntimeException refused) {
            throw new UnmappableException("the record is no CloudEvent 1.0: " + refused.getMessage());
        }
    }

    private static void requireText(Header header) {
        boolean said = header.key().equals(CONTENT_TYPE) || header.key().startsWith(ATTRIBUTE);
        if (said && Utf8.decoded(header.value()).isEmpty()) {
            throw new UnmappableException("the header " + header.key() + " is not UTF-8");
        }
    }

    private static String mediaType(Header type) {
        return new String(type.value(), StandardCharsets.UTF_8)
                .replaceFirst(";.*", "")
                .strip()
                .toLowerCase(Locale.ROOT);
    }
}
