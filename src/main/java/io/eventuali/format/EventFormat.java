package io.eventuali.format;

import io.eventuali.event.StreamEvent;

/** A form in which readers get events: one line of JSON in UTF-8, the same for the same event. */
public interface EventFormat {
    /** The flat JSON of a StreamEvent. */
    EventFormat JSON = new EventFormat() {
        @Override
        public byte[] bytes(StreamEvent event) {
            return EventJson.bytes(event);
        }

        @Override
        public byte[] bytes(StreamEvent event, long folded) {
            return EventJson.bytes(event, folded);
        }
    };

    /** One event. */
    byte[] bytes(StreamEvent event);

    /** One event, with how many earlier ones of its aggregate it stands for. */
    byte[] bytes(StreamEvent event, long folded);
}
