package io.eventuali.http;

import io.eventuali.format.CloudEventFormat;
import io.eventuali.format.EventFormat;
import jakarta.inject.Singleton;

/** The parameter {@code format}: how events are to be written. */
@Singleton
public class FormatParameter {
    /** Its name. */
    public static final String NAME = "format";

    private final CloudEventFormat cloudEvents;

    FormatParameter(CloudEventFormat cloudEvents) {
        this.cloudEvents = cloudEvents;
    }

    /** What the request asks for; the JSON of StreamEvents if it says nothing. */
    public EventFormat of(QueryParameters parameters) {
        return parameters
                .one(NAME)
                .map(value -> switch (value) {
                    case "json" -> EventFormat.JSON;
                    case "cloudevents" -> cloudEvents;
                    default -> throw Problems.invalid(NAME, "must be json or cloudevents");
                })
                .orElse(EventFormat.JSON);
    }
}
