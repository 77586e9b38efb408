package io.eventuali.verify;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Something that is not as it should be.
 *
 * @param check what was looked at, such as {@code positions} or {@code json}
 * @param first first global position that it is about, inclusive; 0 if it is about none
 * @param last last global position, inclusive
 * @param detail what is wrong, in words
 */
@RegisterForReflection
public record Finding(String check, long first, long last, String detail) {}
