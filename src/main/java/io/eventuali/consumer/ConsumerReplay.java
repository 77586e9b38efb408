package io.eventuali.consumer;

import io.eventuali.event.StreamId;
import java.util.Optional;

/**
 * What a consumer is to hand out again: one of the two.
 *
 * @param from everything from there on
 * @param stream the events of one stream
 */
public record ConsumerReplay(Optional<Consumers.Start> from, Optional<StreamId> stream) {}
