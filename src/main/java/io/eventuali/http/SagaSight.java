package io.eventuali.http;

import io.eventuali.event.JsonText;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.saga.SagaDetails;
import io.eventuali.saga.SagaOperations;
import io.eventuali.security.Access;

/**
 * What a request sees of the sagas of a type. A saga is made of all events of its stream, so all of their types have to be granted, or
 * there is no saga. What sagas know, and what their steps said, is for readers; operators see how sagas are doing.
 *
 * @param visible whether there are sagas at all
 * @param content whether business data are shown: data, keys, texts of errors, and events' data
 */
record SagaSight(boolean visible, boolean content) {
    private static final JsonText NO_DATA = new JsonText("null");

    static SagaSight of(Access access, String type) {
        boolean visible = access.grant().acceptsAll(ReservedStreams.SAGA + type, SagaOperations.EVENT_TYPES);
        return new SagaSight(visible, visible && access.isReader());
    }

    SagaDetails of(SagaDetails saga) {
        return content ? saga : saga.withoutContent();
    }

    SagaView of(SagaView saga) {
        return content ? saga : saga.withoutContent();
    }

    StreamEvent of(StreamEvent event) {
        return content
                ? event
                : new StreamEvent(
                        event.globalPosition(),
                        event.streamPosition(),
                        event.eventId(),
                        event.streamId(),
                        event.eventType(),
                        event.timestamp(),
                        NO_DATA,
                        JsonText.EMPTY_OBJECT);
    }
}
