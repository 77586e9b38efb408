/** For steps of sagas that call other services through a REST client. */
package io.eventuali.saga.client;
