package io.eventuali.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.eventuali.consumer.ClaimedEvent;
import io.eventuali.format.EventFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** How an event looks that was handed out to a worker. */
public final class ClaimJson {
    private ClaimJson() {}

    /** Writes one as an object. */
    public static void write(JsonGenerator json, ClaimedEvent claimed, EventFormat format) throws IOException {
        json.writeStartObject();
        json.writeStringField("token", claimed.token().text());
        json.writeNumberField("attempt", claimed.attempt());
        json.writeStringField("key", claimed.key());
        json.writeFieldName("event");
        json.writeRawValue(new String(format.bytes(claimed.event()), StandardCharsets.UTF_8));
        json.writeEndObject();
    }
}
