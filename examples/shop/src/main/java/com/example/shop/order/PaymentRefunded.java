package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** A customer got so many cents back. */
@RegisterForReflection
public record PaymentRefunded(String reference, long amount) {}
