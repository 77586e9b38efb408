/** Read models: the {@code Projection} class, what runs it, and where its documents are kept. */
package io.eventuali.projection;
