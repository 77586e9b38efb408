package com.example.shop.product;

import io.quarkus.runtime.annotations.RegisterForReflection;

/** A product as customers see it: its name, its price in cents, and how many pieces can be ordered. */
@RegisterForReflection
public record CatalogueEntry(String name, long price, int available) {

    CatalogueEntry withPrice(long other) {
        return new CatalogueEntry(name, other, available);
    }

    CatalogueEntry withMore(int quantity) {
        return new CatalogueEntry(name, price, available + quantity);
    }
}
