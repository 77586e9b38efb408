package io.eventuali.projection;

import java.util.Optional;

/**
 * A document as a follower of its key sees it.
 *
 * @param kind what it is to the follower
 * @param key of the document
 * @param position of the event that made it so; of the checkpoint when there is no document
 * @param json the document, empty when there is none
 * @param before what the follower was told before, empty at first and when there was none
 */
public record StateChange(Kind kind, String key, long position, Optional<String> json, Optional<String> before) {

    /** What a follower is told. */
    public enum Kind {
        /** The document at the beginning. */
        STATE,
        /** It changed, or came to be. */
        CHANGED,
        /** There is no such document any more. */
        REMOVED
    }
}
