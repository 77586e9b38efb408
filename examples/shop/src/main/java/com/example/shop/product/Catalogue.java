package com.example.shop.product;

import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;

/** Read model: what can be bought. One document a product, {@code GET /v1/projections/catalogue/state/{sku}}. */
@ApplicationScoped
public class Catalogue extends Projection<CatalogueEntry> {
    Catalogue() {
        super("catalogue", CatalogueEntry.class);
        filterByAggregateType(Product.TYPE);
        on(
                "ProductListed",
                ProductListed.class,
                (entry, e) -> new CatalogueEntry(e.data().name(), e.data().price(), 0));
        on(
                "PriceChanged",
                PriceChanged.class,
                (entry, e) -> entry.withPrice(e.data().price()));
        on(
                "StockReceived",
                StockReceived.class,
                (entry, e) -> entry.withMore(e.data().quantity()));
        on(
                "StockReserved",
                StockReserved.class,
                (entry, e) -> entry.withMore(-e.data().quantity()));
        on(
                "StockReleased",
                StockReleased.class,
                (entry, e) -> entry == null ? null : entry.withMore(e.data().quantity()));
        on("ProductDiscontinued", (entry, e) -> null);
    }
}
