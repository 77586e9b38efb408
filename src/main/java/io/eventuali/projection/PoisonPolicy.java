package io.eventuali.projection;

/** What a projection does with an event that its handler could not handle in all its attempts. */
public enum PoisonPolicy {
    /** It halts before the event, until it is resumed. Nothing is skipped. */
    STOP,
    /** The event, and those that follow for the same key, become dead letters; other keys go on. */
    PARK
}
