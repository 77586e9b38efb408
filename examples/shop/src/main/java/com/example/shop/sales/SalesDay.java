package com.example.shop.sales;

import com.example.shop.order.OrderLine;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was sold on a day.
 *
 * @param revenue of confirmed orders, in cents
 * @param sold pieces by product, of confirmed orders
 */
@RegisterForReflection
public record SalesDay(int placed, int confirmed, int cancelled, long revenue, SortedMap<String, Integer> sold) {
    static final SalesDay QUIET = new SalesDay(0, 0, 0, 0, new TreeMap<>());

    SalesDay withPlaced() {
        return new SalesDay(placed + 1, confirmed, cancelled, revenue, sold);
    }

    SalesDay withConfirmed(List<OrderLine> lines, long total) {
        SortedMap<String, Integer> more = new TreeMap<>(sold);
        lines.forEach(line -> more.merge(line.sku(), line.quantity(), Integer::sum));
        return new SalesDay(placed, confirmed + 1, cancelled, revenue + total, more);
    }

    SalesDay withCancelled() {
        return new SalesDay(placed, confirmed, cancelled + 1, revenue, sold);
    }
}
