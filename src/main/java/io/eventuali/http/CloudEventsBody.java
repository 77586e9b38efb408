package io.eventuali.http;

import io.cloudevents.CloudEvent;
import io.cloudevents.http.HttpMessageFactory;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.Utf8;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.StoreConfig;
import io.quarkiverse.resteasy.problem.HttpProblem;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads CloudEvents from a request, in whichever of the three modes they come.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md">HTTP Protocol
 *     Binding 1.0.2</a>
 */
@Singleton
class CloudEventsBody {
    private static final String SPEC_VERSION = "ce-specversion";
    private static final String ATTRIBUTE = "ce-";
    private static final Set<String> NOT_IN_HEADERS = Set.of("ce-", "ce-data", "ce-data_base64", "ce-datacontenttype");

    private final CloudEventMapping mapping;
    private final StoreConfig.Limits limits;

    CloudEventsBody(CloudEventMapping mapping, StoreConfig config) {
        this.mapping = mapping;
        this.limits = config.limits();
    }

    /** Whether the headers say that the body is the data of a CloudEvent. */
    static boolean isBinaryMode(HttpHeaders headers) {
        return !headers.getRequestHeader(SPEC_VERSION).isEmpty();
    }

    /** One event in JSON. */
    List<StreamAppend> structured(byte[] body, ExpectedPosition expected) {
        measure(body, true);
        return appends(List.of(incoming(CloudEventJson.read(body), "event")), expected);
    }

    /** An array of events in JSON. */
    List<StreamAppend> batch(byte[] body, ExpectedPosition expected) {
        measure(body, true);
        List<IncomingEvent> events = new ArrayList<>();
        for (CloudEvent event : CloudEventJson.readBatch(body, limits.requestEvents())) {
            events.add(incoming(event, "events[" + events.size() + "]"));
        }
        return appends(events, expected);
    }

    /** One event with its attributes in headers. */
    List<StreamAppend> binary(HttpHeaders headers, byte[] body, ExpectedPosition expected) {
        byte[] data = body == null ? new byte[0] : body;
        measure(data, false);
        CloudEvent event;
        try {
            event = HttpMessageFactory.createReader(attributes(headers), data).toEvent();
        } catch (HttpProblem | InvalidEventException named) {
            throw named;
        } catch (RuntimeException refused) {
            throw Problems.invalid(
                    "headers",
                    "must be those of a CloudEvent 1.0: " + Problems.shown(String.valueOf(refused.getMessage())));
        }
        return appends(List.of(incoming(event, "event")), expected);
    }

    private void measure(byte[] body, boolean required) {
        if (required && (body == null || body.length == 0)) {
            throw Problems.invalid("body", "must not be empty");
        }
        if (body.length > limits.requestBytes().asLongValue()) {
            throw Problems.requestTooLarge(limits.requestBytes().asLongValue());
        }
    }

    private static Map<String, String> attributes(HttpHeaders headers) {
        Map<String, String> attributes = new HashMap<>();
        headers.getRequestHeaders().keySet().forEach(name -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (NOT_IN_HEADERS.contains(lower)) {
                throw Problems.invalid(
                        lower, "is not a header of a CloudEvent: data is the body, its type Content-Type");
            }
            if (lower.startsWith(ATTRIBUTE)) {
                attributes.put(lower, decode(lower, Preconditions.single(headers, name)));
            } else if (lower.equals("content-type")) {
                attributes.put(lower, Preconditions.single(headers, name));
            }
        });
        return attributes;
    }

    /** Section 3.1.3.2: a quoted string loses its quotes, then every run of percent-encoded bytes is one of UTF-8. */
    static String decode(String name, String header) {
        String value = header;
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~') {
                throw Problems.invalid(name, "must be printable ASCII, with other characters percent-encoded in UTF-8");
            }
            if (c == '%') {
                if (i + 2 >= value.length() || !isHex(value.charAt(i + 1)) || !isHex(value.charAt(i + 2))) {
                    throw Problems.invalid(name, "must have two hexadecimal digits after each %");
                }
                bytes.write(Integer.parseInt(value, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        return Utf8.decoded(bytes.toByteArray())
                .orElseThrow(() -> Problems.invalid(name, "must be percent-encoded UTF-8"));
    }

    private static boolean isHex(char c) {
        return Character.digit(c, 16) >= 0 && c < 0x80;
    }

    private IncomingEvent incoming(CloudEvent event, String at) {
        try {
            return mapping.incoming(event);
        } catch (InvalidEventException invalid) {
            throw invalid.inside(at);
        }
    }

    /** Runs of events for one stream, in the order of the request. */
    private static List<StreamAppend> appends(List<IncomingEvent> events, ExpectedPosition expected) {
        List<StreamAppend> appends = new ArrayList<>();
        List<NewEvent> run = new ArrayList<>();
        StreamId stream = events.get(0).stream();
        for (IncomingEvent event : events) {
            if (!event.stream().equals(stream)) {
                appends.add(new StreamAppend(stream, expected, run));
                run.clear();
                stream = event.stream();
            }
            run.add(event.event());
        }
        appends.add(new StreamAppend(stream, expected, run));
        if (appends.size() > 1 && expected != ExpectedPosition.ANY) {
            throw Problems.invalid(HttpHeaders.IF_MATCH, "and If-None-Match are for events of one stream");
        }
        return appends;
    }
}
