package com.example.shop.product;

import io.eventuali.projection.ProjectionTestKit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CatalogueTest {
    private final ProjectionTestKit<CatalogueEntry> catalogue = ProjectionTestKit.of(new Catalogue())
            .given("Product", "tea", "ProductListed", "{\"name\":\"Tea\",\"price\":450}")
            .given("Product", "tea", "StockReceived", "{\"quantity\":10}");

    @Test
    void a_product_shows_its_latest_price_and_what_is_free() {
        catalogue
                .given("Product", "tea", "PriceChanged", "{\"price\":475}")
                .given("Product", "tea", "StockReserved", "{\"orderId\":\"o-1\",\"quantity\":3}")
                .expect("tea", new CatalogueEntry("Tea", 475, 7))
                .given("Product", "tea", "StockReleased", "{\"orderId\":\"o-1\",\"quantity\":3}")
                .expect("tea", new CatalogueEntry("Tea", 475, 10));
    }

    @Test
    void a_product_that_was_discontinued_is_not_shown_even_if_stock_of_it_comes_back() {
        catalogue
                .given("Product", "tea", "ProductDiscontinued", "{}")
                .given("Product", "tea", "StockReleased", "{\"orderId\":\"o-1\",\"quantity\":3}")
                .expectNone("tea");
    }
}
