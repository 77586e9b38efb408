package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** An order comes to nothing. */
@RegisterForReflection
public record OrderCancelled() {}
