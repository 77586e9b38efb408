package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** So many pieces came in. */
@RegisterForReflection
public record StockReceived(int quantity) {}
