/** Server-Sent Events: the frames and the endpoint. */
package io.eventuali.http.sse;
