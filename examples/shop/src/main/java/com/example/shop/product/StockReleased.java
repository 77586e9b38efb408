package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** So many pieces that were put aside for an order are free again. */
@RegisterForReflection
public record StockReleased(String orderId, int quantity) {}
