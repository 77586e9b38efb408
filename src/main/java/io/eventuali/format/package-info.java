/** How events look outside: the JSON of a StreamEvent, and CloudEvents. */
package io.eventuali.format;
