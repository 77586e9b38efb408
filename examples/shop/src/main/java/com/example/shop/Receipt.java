package com.example.shop;

import io.eventuali.store.AppendResult;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What a command was answered.
 *
 * @param position where the log has what it did; give it as {@code after} to a projection to read your own write
 */
@RegisterForReflection
public record Receipt(long position) {

    public static Receipt of(AppendResult result) {
        return new Receipt(result.lastGlobalPosition());
    }
}
