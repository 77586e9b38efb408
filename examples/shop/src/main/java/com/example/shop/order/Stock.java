package com.example.shop.order;

import com.example.shop.EventLog;
import com.example.shop.product.Product;
import com.example.shop.product.Products;
import com.example.shop.product.StockReleased;
import com.example.shop.product.StockReserved;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.saga.StepContext;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Puts goods aside for an order. The events are stored together with the record of the step, or not at all, so nothing is put aside
 * twice, however often a step is tried.
 */
@ApplicationScoped
class Stock {
    private final Products products;
    private final EventLog log;

    Stock(Products products, EventLog log) {
        this.products = products;
        this.log = log;
    }

    OrderData reserve(OrderData order, StepContext context) {
        order.pieces().forEach((sku, quantity) -> {
            Product product = find(sku);
            if (!product.listed() || product.available() < quantity) {
                throw new IllegalStateException("there are not %d of %s".formatted(quantity, sku));
            }
            context.append(
                    product.stream(),
                    ExpectedPosition.at(product.position()),
                    log.event(new StockReserved(order.orderId(), quantity)));
        });
        return order;
    }

    /** Gives back what was put aside, which may be nothing: nobody knows how an attempt ended that was cut off. */
    void release(OrderData order, StepContext context) {
        order.pieces().keySet().stream()
                .map(this::find)
                .filter(product -> product.reserved().containsKey(order.orderId()))
                .forEach(product -> context.append(
                        product.stream(),
                        ExpectedPosition.at(product.position()),
                        log.event(new StockReleased(
                                order.orderId(), product.reserved().get(order.orderId())))));
    }

    private Product find(String sku) {
        return products.find(sku).await().indefinitely();
    }
}
