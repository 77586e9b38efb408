package io.eventuali.format;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Eventuali's own Jackson. An application that embeds Eventuali may set up its {@link ObjectMapper} as it likes; the wire format and the
 * documents of Eventuali's own projections stay as they are documented.
 */
public final class Json {
    /** Reads and writes as Quarkus does by default: times are RFC 3339 text, unknown members are overlooked. Not to be changed. */
    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .findAndAddModules()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private Json() {}
}
