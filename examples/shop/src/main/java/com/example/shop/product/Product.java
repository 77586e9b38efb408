package com.example.shop.product;

import io.eventuali.event.StreamId;

/**
 * A product as its own events tell: what decisions are made on. The read model {@link Catalogue} may lag behind it.
 *
 * @param position of its stream; 0 if the product never was
 * @param price in cents
 */
public record Product(String sku, long position, boolean listed, long price, int available) {
    /** Aggregate type of products. */
    public static final String TYPE = "Product";

    static Product unknown(String sku) {
        return new Product(sku, 0, false, 0, 0);
    }

    /** Its stream. */
    public StreamId stream() {
        return new StreamId(TYPE, sku);
    }

    Product at(long streamPosition) {
        return new Product(sku, streamPosition, listed, price, available);
    }

    Product with(boolean forSale, long cents) {
        return new Product(sku, position, forSale, cents, available);
    }

    Product withMore(int quantity) {
        return new Product(sku, position, listed, price, available + quantity);
    }
}
