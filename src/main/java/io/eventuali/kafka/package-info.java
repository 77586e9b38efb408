/** Events to Kafka, records of Kafka to the log, and the live tail from Kafka. Nothing of it is started unless it is configured. */
package io.eventuali.kafka;
