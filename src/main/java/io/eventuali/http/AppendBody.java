package io.eventuali.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.event.StrictJson;
import io.eventuali.event.StrictJson.Violation;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.StoreConfig;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Reads the JSON bodies of appends. {@code data} and {@code metadata} are cut out of the text as they stand, so that number
 * text and key order come back as they were sent.
 */
@Singleton
class AppendBody {
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    /** Levels that the envelope of {@code POST /v1/events} puts around an event's data. */
    private static final int ENVELOPE_DEPTH = 6;

    private final JsonFactory json;
    private final StoreConfig.Limits limits;

    AppendBody(StoreConfig config) {
        this.limits = config.limits();
        this.json = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.jsonDepth() + ENVELOPE_DEPTH)
                        .maxStringLength((int) limits.requestBytes().asLongValue())
                        .build())
                .build();
    }

    /** The body of {@code POST /v1/streams/{aggregateType}/{aggregateId}/events}: an array of events. */
    List<NewEvent> events(byte[] body) {
        return new Reading(body, "events", 2).read(Reading::eventArray);
    }

    /** The body of {@code POST /v1/events}: an object with {@code appends}. */
    List<StreamAppend> appends(byte[] body) {
        return new Reading(body, "", 5).read(Reading::appendsObject);
    }

    /** One body being read; {@code at} names the place for error messages. */
    private final class Reading {
        private final char[] text;
        private final int length;
        private final String root;
        private final int fieldSteps;
        private JsonParser parser;
        private String at = "body";

        /**
         * @param root how the body is called in the names of fields
         * @param fieldSteps how many members and indexes lead to an event's data
         */
        Reading(byte[] body, String root, int fieldSteps) {
            this.root = root;
            this.fieldSteps = fieldSteps;
            if (body == null || body.length == 0) {
                throw Problems.invalid("body", "must not be empty");
            }
            if (body.length > limits.requestBytes().asLongValue()) {
                throw Problems.requestTooLarge(limits.requestBytes().asLongValue());
            }
            try {
                CharBuffer decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
                this.text = decoded.array();
                this.length = decoded.length();
            } catch (CharacterCodingException malformed) {
                throw Problems.invalid("body", "must be UTF-8");
            }
        }

        <T> List<T> read(Step<T> step) {
            try (JsonParser opened = json.createParser(text, 0, length)) {
                parser = opened;
                parser.nextToken();
                List<T> result = step.read(this);
                at = "body";
                if (parser.nextToken() != null) {
                    throw Problems.invalid("body", "must be one JSON value");
                }
                return result;
            } catch (InvalidEventException invalid) {
                throw Problems.invalid(invalid);
            } catch (IOException unreadable) {
                throw refused();
            }
        }

        /** What the parser stumbled over, by the rules that hold for every way in. */
        private Problem refused() {
            Optional<Violation> found =
                    StrictJson.violation(new String(text, 0, length), limits.jsonDepth(), ENVELOPE_DEPTH);
            if (found.isEmpty()) {
                return Problems.invalid(at, "must be JSON that can be read");
            }
            List<String> path = found.get().path();
            List<String> field = path.subList(0, Math.min(fieldSteps, path.size()));
            return Problems.invalid(
                    found.get().in(field.isEmpty() ? "body" : Violation.joined(root, field), fieldSteps));
        }

        private List<NewEvent> eventArray() throws IOException {
            List<NewEvent> events = events("events");
            if (events.isEmpty()) {
                throw Problems.invalid("events", "must not be empty");
            }
            return events;
        }

        private List<NewEvent> events(String field) throws IOException {
            at = field;
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw Problems.invalid(field.equals("events") ? "body" : field, "must be an array of events");
            }
            List<NewEvent> events = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (events.size() == limits.requestEvents()) {
                    throw Problems.invalid(field, "must be at most " + limits.requestEvents() + " in one request");
                }
                events.add(event(field + "[" + events.size() + "]"));
            }
            return events;
        }

        private NewEvent event(String field) throws IOException {
            Optional<UUID> id = Optional.empty();
            String type = null;
            JsonText data = null;
            JsonText metadata = JsonText.EMPTY_OBJECT;
            Set<String> seen = startObject(field, "an event object");
            for (String name = nextField(field, seen); name != null; name = nextField(field, seen)) {
                switch (name) {
                    case "eventId" -> id = Optional.of(uuid());
                    case "eventType" -> type = string();
                    case "data" -> data = raw();
                    case "metadata" -> metadata = object();
                    default -> throw unknownField();
                }
            }
            at = field;
            if (type == null) {
                throw Problems.invalid(field + ".eventType", "is required");
            }
            if (data == null) {
                throw Problems.invalid(field + ".data", "is required");
            }
            try {
                return new NewEvent(id, type, data, metadata);
            } catch (InvalidEventException invalid) {
                throw invalid.inside(field);
            }
        }

        private List<StreamAppend> appendsObject() throws IOException {
            List<StreamAppend> appends = null;
            Set<String> seen = startObject("body", "an object with the field appends");
            for (String name = nextField("", seen); name != null; name = nextField("", seen)) {
                if (!name.equals("appends")) {
                    throw unknownField();
                }
                appends = appendArray();
            }
            if (appends == null) {
                throw Problems.invalid("appends", "is required");
            }
            return appends;
        }

        private List<StreamAppend> appendArray() throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw Problems.invalid("appends", "must be an array");
            }
            List<StreamAppend> appends = new ArrayList<>();
            Set<StreamId> streams = new HashSet<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (appends.size() == limits.requestEvents()) {
                    throw Problems.invalid("appends", "must be at most " + limits.requestEvents());
                }
                String field = "appends[" + appends.size() + "]";
                StreamAppend append = append(field);
                if (!streams.add(append.stream())) {
                    throw Problems.invalid(field, "names the stream " + append.stream() + " again");
                }
                appends.add(append);
            }
            if (appends.isEmpty()) {
                throw Problems.invalid("appends", "must not be empty");
            }
            return appends;
        }

        private StreamAppend append(String field) throws IOException {
            String type = null;
            String id = null;
            ExpectedPosition expected = ExpectedPosition.ANY;
            List<NewEvent> events = List.of();
            boolean hasEvents = false;
            Set<String> seen = startObject(field, "an object");
            for (String name = nextField(field, seen); name != null; name = nextField(field, seen)) {
                switch (name) {
                    case "aggregateType" -> type = string();
                    case "aggregateId" -> id = string();
                    case "expectedPosition" -> expected = expectedPosition();
                    case "events" -> {
                        events = events(field + ".events");
                        hasEvents = true;
                    }
                    default -> throw unknownField();
                }
            }
            at = field;
            if (!hasEvents && expected == ExpectedPosition.ANY) {
                throw Problems.invalid(field + ".events", "is required");
            }
            try {
                return new StreamAppend(new StreamId(type, id), expected, events);
            } catch (InvalidEventException invalid) {
                throw invalid.inside(field);
            }
        }

        private Set<String> startObject(String field, String what) {
            at = field;
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw Problems.invalid(field, "must be " + what);
            }
            return new HashSet<>();
        }

        /** Goes to the next field's value and returns its name, or null at the end of the object. */
        private String nextField(String object, Set<String> seen) throws IOException {
            if (parser.nextToken() == JsonToken.END_OBJECT) {
                return null;
            }
            String name = parser.currentName();
            at = inside(object, name);
            if (!seen.add(name)) {
                throw Problems.invalid(at, "must occur once");
            }
            parser.nextToken();
            return name;
        }

        private static String inside(String object, String name) {
            return object.isEmpty() ? Problems.shown(name) : object + "." + Problems.shown(name);
        }

        private Problem unknownField() {
            return Problems.invalid(at, "is not a known field");
        }

        private String string() throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw Problems.invalid(at, "must be a string");
            }
            return parser.getText();
        }

        private UUID uuid() throws IOException {
            String value = string();
            if (!UUID_TEXT.matcher(value).matches()) {
                throw Problems.invalid(at, "must be a UUID such as 0190f2a4-7c1e-7c3a-9d5e-3f6b1a2c4d5e");
            }
            return UUID.fromString(value);
        }

        private ExpectedPosition expectedPosition() throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                    && parser.getLongValue() >= 0) {
                return ExpectedPosition.at(parser.getLongValue());
            }
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                if (parser.getText().equals("none")) {
                    return ExpectedPosition.EMPTY;
                }
                if (parser.getText().equals("any")) {
                    return ExpectedPosition.ANY;
                }
            }
            throw Problems.invalid(at, "must be a stream position, \"none\" or \"any\"");
        }

        private JsonText object() throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw Problems.invalid(at, "must be a JSON object");
            }
            return raw();
        }

        /** The current value as it stands in the text. */
        private JsonText raw() throws IOException {
            int start = (int) parser.currentTokenLocation().getCharOffset();
            parser.skipChildren();
            parser.finishToken();
            int end = (int) parser.currentLocation().getCharOffset();
            return new JsonText(new String(text, start, end - start));
        }
    }

    private interface Step<T> {
        List<T> read(Reading reading) throws IOException;
    }
}
