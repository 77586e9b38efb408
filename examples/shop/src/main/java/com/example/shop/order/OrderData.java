package com.example.shop.order;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the saga of an order knows.
 *
 * @param total in cents
 */
@RegisterForReflection
public record OrderData(String orderId, String customer, List<OrderLine> lines, long total) {

    /** Pieces by product. A product may be on several lines. */
    Map<String, Integer> pieces() {
        Map<String, Integer> pieces = new TreeMap<>();
        lines.forEach(line -> pieces.merge(line.sku(), line.quantity(), Integer::sum));
        return pieces;
    }
}
