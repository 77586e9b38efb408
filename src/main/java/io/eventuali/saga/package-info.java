/** Sagas: distributed transactions that finish, or undo themselves. */
package io.eventuali.saga;
