package io.eventuali.kafka;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far the relay to Kafka has come.
 *
 * @param topic as configured
 * @param position of the last event that the broker has acknowledged or the filter has dropped, a moment ago; empty if it has not begun
 * @param halted why it does not go on; empty while it does
 */
public record RelayStatus(String name, String topic, OptionalLong position, Optional<String> halted) {}
