/** What the service's own engines and endpoints need of the store beyond its contract. No part of the API: it promises nothing. */
package io.eventuali.store.engine;
