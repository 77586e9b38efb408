package io.eventuali.store.engine;

/**
 * Whether an append would work now.
 *
 * @param works as far as the last append or probe has found
 * @param reason why not; empty if it works
 */
public record Appendable(boolean works, String reason) {}
