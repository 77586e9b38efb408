/**
 * Durable consumers: any number of workers share the events of the log that pass a filter, each at least once and in order by key.
 *
 * <p>Everything is in the database, so any replica serves any worker: {@link io.eventuali.consumer.Consumers} is the door,
 * {@code ConsumerDesk} hands out events to those who wait at one replica, {@code ConsumerTable} has the statements.
 */
package io.eventuali.consumer;
