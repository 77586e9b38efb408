package io.eventuali.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;

/** Where records go that cannot become events: as they are, with the reason and their origin in headers. */
final class DeadLetterTopic implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);
    private static final String TOPIC = "{topic}";
    private static final int MAX_REASON = 1_000;

    private final KafkaClients clients;
    private final String topic;
    private KafkaProducer<byte[], byte[]> producer;

    DeadLetterTopic(KafkaClients clients, String topic) {
        this.clients = clients;
        this.topic = topic;
    }

    /** Returns when the broker has the record; without its value, and the headers it had, if it is too large with them. */
    void send(ConsumerRecord<byte[], byte[]> record, String reason) {
        if (producer == null) {
            producer = clients.producer(Map.of());
        }
        try {
            send(letter(record, reason, true));
        } catch (RecordTooLargeException tooLarge) {
            send(letter(
                    record,
                    shortened(reason) + " (too large for this topic with its value, which is left out)",
                    false));
        }
    }

    private ProducerRecord<byte[], byte[]> letter(ConsumerRecord<byte[], byte[]> record, String reason, boolean whole) {
        ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(
                topic.replace(TOPIC, record.topic()), null, whole ? record.key() : null, whole ? record.value() : null);
        Headers headers = letter.headers();
        if (whole) {
            record.headers().forEach(headers::add);
        }
        add(headers, "eventuali-reason", shortened(reason));
        add(headers, "eventuali-topic", record.topic());
        add(headers, "eventuali-partition", Integer.toString(record.partition()));
        add(headers, "eventuali-offset", Long.toString(record.offset()));
        return letter;
    }

    private static String shortened(String reason) {
        return reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) + "…" : reason;
    }

    private void send(ProducerRecord<byte[], byte[]> letter) {
        try {
            producer.send(letter).get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            throw new InterruptException(interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RecordTooLargeException tooLarge) {
                throw tooLarge;
            }
            throw new IllegalStateException("the dead-letter topic takes nothing: " + failed.getCause(), failed);
        } catch (TimeoutException late) {
            throw new IllegalStateException("the dead-letter topic takes nothing within " + TIMEOUT, late);
        }
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }
}
