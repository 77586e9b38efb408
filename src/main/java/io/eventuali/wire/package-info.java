/** What is refused before the framework reads it: bytes that its parsers take, although HTTP does not, and floods of frames. */
package io.eventuali.wire;
