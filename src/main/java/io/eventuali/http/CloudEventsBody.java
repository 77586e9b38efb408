package io.eventuali.http;

import io.cloudevents.CloudEvent;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.Utf8;
import io.eventuali.secret.LogSecret;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.StoreConfig;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    /** Attributes by the names that the store has for what has become of them. */
    private static final Map<String, String> ATTRIBUTES = Map.of(
            "events[0].eventId", "id",
            "events[0].eventType", "type",
            "events[0].data", "data",
            "events[0].metadata", "metadata");

    private static final Pattern PLACE =
            Pattern.compile("(?:appends\\[(?<run>[0-9]+)]\\.)?events\\[(?<event>[0-9]+)]\\.(?<member>.+)");

    private static final Set<String> NOT_IN_HEADERS = Set.of("ce-", "ce-data", "ce-data_base64", "ce-datacontenttype");

    private final CloudEventMapping mapping;
    private final StoreConfig.Limits limits;
    private final LogSecret secret;

    CloudEventsBody(CloudEventMapping mapping, StoreConfig config, LogSecret secret) {
        this.mapping = mapping;
        this.limits = config.limits();
        this.secret = secret;
    }

    /** Whether the headers say that the body is the data of a CloudEvent; refuses those that do not say of which version. */
    static boolean isBinaryMode(HttpHeaders headers) {
        boolean versioned = !headers.getRequestHeader(SPEC_VERSION).isEmpty();
        if (!versioned
                && headers.getRequestHeaders().keySet().stream()
                        .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith(ATTRIBUTE))) {
            throw Problems.invalid(SPEC_VERSION, "is required where there are other headers of a CloudEvent");
        }
        return versioned;
    }

    /** One event in JSON. */
    List<StreamAppend> structured(byte[] body, ExpectedPosition expected) {
        measure(body, true);
        return appends(List.of(incoming(CloudEventJson.read(body))), expected);
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
        try {
            CloudEvent event = CloudEventJson.binary(attributes(headers), data);
            return appends(List.of(incoming(event)), expected);
        } catch (InvalidEventException invalid) {
            throw new InvalidEventException(inHeaders(invalid.field()), invalid.rule());
        }
    }

    /** What the client calls the place that an append of one structured event is refused for. */
    static String inJson(String field) {
        return ATTRIBUTES.getOrDefault(field, field);
    }

    /** The same for binary mode. */
    static String inHeaders(String field) {
        String attribute = inJson(field);
        return switch (attribute) {
            case "data" -> "body";
            case "datacontenttype" -> HttpHeaders.CONTENT_TYPE;
            default -> attribute.matches("[a-z0-9]+") ? ATTRIBUTE + attribute : attribute;
        };
    }

    /** The same for an event of a batch, whose events have become runs of one stream each. */
    static String inBatch(List<StreamAppend> appends, String field) {
        Matcher place = PLACE.matcher(field);
        if (!place.matches()) {
            return field;
        }
        int run = place.group("run") == null ? 0 : Integer.parseInt(place.group("run"));
        int index = Integer.parseInt(place.group("event"))
                + appends.stream()
                        .limit(run)
                        .mapToInt(append -> append.events().size())
                        .sum();
        String member = "events[0]." + place.group("member");
        return "events[" + index + "]." + ATTRIBUTES.getOrDefault(member, place.group("member"));
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
                attributes.put(lower.substring(ATTRIBUTE.length()), decode(lower, Preconditions.single(headers, name)));
            } else if (lower.equals("content-type")) {
                attributes.put("datacontenttype", Preconditions.single(headers, name));
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

    private IncomingEvent incoming(CloudEvent event) {
        return mapping.incoming(event, secret.ids(LogSecret.Use.CLOUD_EVENTS)::of);
    }

    private IncomingEvent incoming(CloudEvent event, String at) {
        try {
            return incoming(event);
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
