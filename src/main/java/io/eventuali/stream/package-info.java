/** Live on top of the store: subscriptions, the ring of newest events, pages of history. */
package io.eventuali.stream;
