package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** An order comes to nothing; what was done for it is undone. */
@RegisterForReflection
public record OrderCancelled() {}
