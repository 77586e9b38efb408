/** Which log the database holds, and what everything that remembers something of it has to do when it is another one. */
package io.eventuali.identity;
