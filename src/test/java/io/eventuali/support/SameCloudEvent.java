package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cloudevents.CloudEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.TreeMap;

/** Whether a CloudEvent came back with all that was sent; the log adds where it is. */
public final class SameCloudEvent {
    private static final Set<String> ADDED =
            Set.of("aggregatetype", "aggregateid", "globalposition", "streamposition", "recordedtime");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private SameCloudEvent() {}

    /** Fails unless it is the same. */
    public static void check(CloudEvent sent, CloudEvent received) {
        assertThat(attributes(received)).isEqualTo(attributes(sent));
        assertThat(received.getExtensionNames()).containsAll(ADDED);
        if (sent.getData() == null) {
            assertThat(received.getData()).isNull();
            return;
        }
        byte[] before = sent.getData().toBytes();
        byte[] after = received.getData().toBytes();
        String type = sent.getDataContentType();
        if (type == null || type.contains("json")) {
            assertThat(tree(after).equals(SameCloudEvent::compare, tree(before)))
                    .as("%s and %s", tree(before), tree(after))
                    .isTrue();
        } else {
            assertThat(after).isEqualTo(before);
        }
    }

    /** Numbers are the same that have one value, however they are written. */
    private static int compare(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : 1;
    }

    private static JsonNode tree(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
    }

    private static TreeMap<String, String> attributes(CloudEvent event) {
        TreeMap<String, String> attributes = new TreeMap<>();
        for (String name : event.getAttributeNames()) {
            attributes.put(name, String.valueOf(event.getAttribute(name)));
        }
        for (String name : event.getExtensionNames()) {
            if (!ADDED.contains(name)) {
                attributes.put(name, String.valueOf(event.getExtension(name)));
            }
        }
        return attributes;
    }
}
