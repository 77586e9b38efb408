/** Append and read: the contract of the store. */
package io.eventuali.store;
