package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** So many pieces are put aside for an order. */
@RegisterForReflection
public record StockReserved(String orderId, int quantity) {}
