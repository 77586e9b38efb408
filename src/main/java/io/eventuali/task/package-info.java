/** One supervisor for all work that goes on as long as the replica does: none ends by a failure, and none fails in silence. */
package io.eventuali.task;
