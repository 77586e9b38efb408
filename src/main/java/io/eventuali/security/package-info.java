/** Who may do and see what: credentials become an {@link io.eventuali.security.Access}, rules hold requests against it. */
package io.eventuali.security;
