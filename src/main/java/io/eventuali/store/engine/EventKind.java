package io.eventuali.store.engine;

/** What kind of event there is at a position: enough to tell who may see it. */
public record EventKind(String aggregateType, String eventType) {}
