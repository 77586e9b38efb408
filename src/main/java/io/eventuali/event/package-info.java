/** What happened: events and their places. JDK only, no framework, no I/O. */
package io.eventuali.event;
