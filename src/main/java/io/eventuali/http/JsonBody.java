package io.eventuali.http;

/**
 * An answer that is JSON already, such as events, whose {@code data} goes out as it came in.
 *
 * @param utf8 the JSON; not copied
 */
record JsonBody(byte[] utf8) {}
