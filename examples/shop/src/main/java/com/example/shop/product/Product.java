package com.example.shop.product;

import io.eventuali.event.StreamId;
import java.util.HashMap;
import java.util.Map;

/**
 * A product as its own events tell: what decisions are made on. The read model {@link Catalogue} may lag behind it.
 *
 * @param position of its stream; 0 if the product never was
 * @param price in cents
 * @param available pieces that nobody has put aside
 * @param reserved pieces that are put aside, by order
 */
public record Product(
        String sku, long position, boolean listed, long price, int available, Map<String, Integer> reserved) {
    /** Aggregate type of products. */
    public static final String TYPE = "Product";

    public Product {
        reserved = Map.copyOf(reserved);
    }

    static Product unknown(String sku) {
        return new Product(sku, 0, false, 0, 0, Map.of());
    }

    /** Its stream. */
    public StreamId stream() {
        return new StreamId(TYPE, sku);
    }

    Product at(long streamPosition) {
        return new Product(sku, streamPosition, listed, price, available, reserved);
    }

    Product with(boolean forSale, long cents) {
        return new Product(sku, position, forSale, cents, available, reserved);
    }

    Product withMore(int quantity) {
        return new Product(sku, position, listed, price, available + quantity, reserved);
    }

    Product reserve(StockReserved event) {
        Map<String, Integer> more = new HashMap<>(reserved);
        more.merge(event.orderId(), event.quantity(), Integer::sum);
        return new Product(sku, position, listed, price, available - event.quantity(), more);
    }

    Product release(StockReleased event) {
        Map<String, Integer> fewer = new HashMap<>(reserved);
        fewer.remove(event.orderId());
        return new Product(sku, position, listed, price, available + event.quantity(), fewer);
    }
}
