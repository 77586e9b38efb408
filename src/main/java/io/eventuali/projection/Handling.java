package io.eventuali.projection;

import java.time.Duration;

/**
 * What a handler is called with, beside the document and the event.
 *
 * @param json how payloads are read
 * @param timeout how long to wait for a handler that answers later
 * @param replay whether handlers saw the event before, for documents that are or were served
 */
record Handling(JsonCodec json, Duration timeout, boolean replay) {}
