package io.eventuali.kafka;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.cloudevents.rw.CloudEventRWException;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Records that are CloudEvents, structured or binary.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka Protocol
 *     Binding 1.0.2</a>
 */
final class CloudEventRecords implements RecordMapping {
    private final CloudEventMapping mapping;

    CloudEventRecords(CloudEventMapping mapping) {
        this.mapping = mapping;
    }

    @Override
    public IncomingEvent map(ConsumerRecord<byte[], byte[]> record) {
        return mapping.incoming(read(record));
    }

    private static CloudEvent read(ConsumerRecord<byte[], byte[]> record) {
        Header type = record.headers().lastHeader("content-type");
        if (type != null
                && type.value() != null
                && new String(type.value(), StandardCharsets.UTF_8).startsWith(CloudEventJson.STRUCTURED)) {
            if (record.value() == null) {
                throw new UnmappableException("the record has no value");
            }
            return CloudEventJson.read(record.value());
        }
        try {
            return KafkaMessageFactory.createReader(record).toEvent();
        } catch (CloudEventRWException | IllegalArgumentException | IllegalStateException refused) {
            throw new UnmappableException("the record is no CloudEvent 1.0: " + refused.getMessage());
        }
    }
}
