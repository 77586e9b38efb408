package com.example.shop.product;

import com.example.shop.Receipt;
import com.example.shop.Refusal;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;

/** What the shop's staff does. Customers read {@code /v1/projections/catalogue/state}. */
@Path("/products/{sku}")
public class ProductResource {
    private final Products products;

    ProductResource(Products products) {
        this.products = products;
    }

    /** Puts a new product up for sale. */
    @PUT
    public Uni<Receipt> list(String sku, ProductListed product) {
        return products.list(sku, product).map(Receipt::of);
    }

    /** Changes its price. */
    @PUT
    @Path("/price")
    public Uni<Receipt> changePrice(String sku, PriceChanged price) {
        Refusal.unless(price.price() > 0, "a price is more than 0 cents");
        return products.change(sku, price).map(Receipt::of);
    }

    /** Pieces came in. */
    @POST
    @Path("/stock")
    public Uni<Receipt> receive(String sku, StockReceived stock) {
        Refusal.unless(stock.quantity() > 0, "a delivery has 1 piece or more");
        return products.change(sku, stock).map(Receipt::of);
    }

    /** Takes it out of the shop. */
    @DELETE
    public Uni<Receipt> discontinue(String sku) {
        return products.change(sku, new ProductDiscontinued()).map(Receipt::of);
    }
}
