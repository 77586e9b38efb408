package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** So many pieces of a product, at a price in cents for each. */
@RegisterForReflection
public record OrderLine(String sku, int quantity, long price) {}
