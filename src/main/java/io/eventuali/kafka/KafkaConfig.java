package io.eventuali.kafka;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The ways to and from Kafka. */
@ConfigMapping(prefix = "eventuali.kafka")
interface KafkaConfig {

    /** Brokers to begin with, as {@code host:port,host:port}. */
    Optional<String> bootstrapServers();

    /** Settings of every Kafka client by their names there, such as those for TLS and credentials. */
    Map<String, String> client();

    /** Wait after a first failure; it doubles from one to the next. */
    @WithDefault("500ms")
    Duration retryDelay();

    /** The longest such wait. */
    @WithDefault("15s")
    Duration retryMaxDelay();

    /** Events to Kafka. */
    Out out();

    /** Records of Kafka to the log. */
    In in();

    /** The live tail from Kafka. */
    Tail tail();

    /** Events to Kafka. */
    interface Out {
        /** Where events go; turns the relay on. May hold {@code {aggregateType}}. */
        Optional<String> topic();

        /** Names the checkpoint, and with the log's identity the transactions at the broker. */
        @WithDefault("eventuali-out")
        String name();

        /** What a record's value is. */
        @WithDefault("json")
        Format format();

        /** Only events of these aggregate types; {@code *} matches any run of characters. */
        Optional<List<String>> aggregateType();

        /** Only events of these aggregates. */
        Optional<List<String>> aggregateId();

        /** Only events of these types. */
        Optional<List<String>> eventType();

        /** Where a relay without a checkpoint begins. */
        @WithDefault("start")
        From from();

        /** Events read and sent together, at most: one transaction at the broker. */
        @WithDefault("2048")
        int batchEvents();
    }

    /** Records of Kafka to the log. */
    interface In {
        /** Topics to take in; turns it on. */
        Optional<List<String>> topics();

        /** Consumer group at the broker, and the name under which offsets are stored. */
        @WithDefault("eventuali-in")
        String group();

        /** Where a partition begins of which nothing was taken in yet. */
        @WithDefault("start")
        From from();

        /** How a record becomes an event. */
        @WithDefault("cloudevents")
        Mapping mapping();

        /** Where the parts of an event are, for the mapping {@code fields}. */
        Fields fields();

        /** Where records go that cannot become events. {@code {topic}} is the topic they came from. */
        @WithDefault("{topic}.dead-letter")
        String deadLetterTopic();

        /** Records of one poll, at most. */
        @WithDefault("1000")
        int batchRecords();
    }

    /** Where the parts of an event are: {@code key}, {@code topic}, {@code text:…}, {@code header:NAME}, {@code value} or {@code value:/json/pointer}. */
    interface Fields {
        /** Where the aggregate type is. */
        @WithDefault("value:/aggregateType")
        String aggregateType();

        /** Where the aggregate id is. */
        @WithDefault("value:/aggregateId")
        String aggregateId();

        /** Where the event type is. */
        @WithDefault("value:/eventType")
        String eventType();

        /** Where the event id is. Without one the store gives it. */
        @WithDefault("value:/eventId")
        String eventId();

        /** Where the data is. */
        @WithDefault("value:/data")
        String data();

        /** Where the metadata is. */
        @WithDefault("value:/metadata")
        String metadata();
    }

    /** The live tail from Kafka, see {@code eventuali.streamer.tail}. */
    interface Tail {
        /** Topic of a relay with the format {@code json} and without a filter; that of {@code eventuali.kafka.out.topic} when absent. */
        Optional<String> topic();

        /** How long to wait for a missing position before it is read from the database. */
        @WithDefault("250ms")
        Duration gapWait();

        /** Events that may wait for a missing position. */
        @WithDefault("16384")
        int bufferEvents();
    }

    /** What a record's value is. */
    enum Format {
        /** The JSON of a StreamEvent. */
        JSON,
        /** A CloudEvent in JSON. */
        CLOUDEVENTS_STRUCTURED,
        /** The data; the attributes of the CloudEvent are in headers. */
        CLOUDEVENTS_BINARY
    }

    /** Where to begin. */
    enum From {
        /** With the first. */
        START,
        /** With the next. */
        END
    }

    /** How a record becomes an event. */
    enum Mapping {
        /** By the attributes of a CloudEvent, structured or binary. */
        CLOUDEVENTS,
        /** By {@code eventuali.kafka.in.fields}. */
        FIELDS
    }
}
