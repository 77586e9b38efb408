package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** A product has another price, in cents. */
@RegisterForReflection
public record PriceChanged(long price) {}
