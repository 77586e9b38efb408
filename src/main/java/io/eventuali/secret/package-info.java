/** The secret of the log: what of the service's own has to be the same at every replica, and unknown to all others. */
package io.eventuali.secret;
