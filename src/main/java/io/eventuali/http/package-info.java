/** The wire contract over HTTP: one resource a noun, problem documents for everything that goes wrong. */
package io.eventuali.http;
