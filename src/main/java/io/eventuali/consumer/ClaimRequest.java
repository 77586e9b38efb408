package io.eventuali.consumer;

import java.time.Duration;
import java.util.Optional;

/**
 * What a worker asks for.
 *
 * @param max events at most
 * @param patience for how long to wait for the first one
 * @param lease for how long they are handed out; empty for what the consumer's settings say
 * @param member names the worker in lists
 */
public record ClaimRequest(int max, Duration patience, Optional<Duration> lease, String member) {}
