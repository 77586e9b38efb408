package io.eventuali.consumer;

/**
 * What a consumer is to be.
 *
 * @param settings what it wants, and how it is served
 * @param start where it begins, if it is new
 */
public record NewConsumer(ConsumerSettings settings, Consumers.Start start) {}
