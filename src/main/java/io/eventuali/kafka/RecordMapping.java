package io.eventuali.kafka;

import io.eventuali.format.CloudEventMapping.IncomingEvent;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** How a record becomes an event. */
interface RecordMapping {
    /**
     * The event that a record is.
     *
     * @throws UnmappableException with the reason, or an {@link io.eventuali.event.InvalidEventException}
     */
    IncomingEvent map(ConsumerRecord<byte[], byte[]> record);
}
