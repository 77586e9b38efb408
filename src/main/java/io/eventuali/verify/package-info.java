/** Recounts the log: whether what it promises is so. */
package io.eventuali.verify;
