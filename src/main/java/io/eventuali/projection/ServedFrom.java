package io.eventuali.projection;

/**
 * What is built is served.
 *
 * @param replayUntil up to which position handlers saw events before
 * @param now whether it is since this very call
 */
record ServedFrom(long replayUntil, boolean now) {}
