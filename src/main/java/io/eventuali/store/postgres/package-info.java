/** The log in PostgreSQL: the only place with SQL about events. */
package io.eventuali.store.postgres;
