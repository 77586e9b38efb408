package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** A customer was charged so many cents. The reference is what the provider knows it by. */
@RegisterForReflection
public record PaymentTaken(String reference, long amount) {}
