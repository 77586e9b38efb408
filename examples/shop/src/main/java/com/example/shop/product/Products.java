package com.example.shop.product;

import com.example.shop.EventLog;
import com.example.shop.Refusal;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.StreamEvent;
import io.eventuali.store.AppendResult;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.UnaryOperator;

/** What can be done with products. Of two decisions on the same state of a product, one is refused as a version conflict. */
@ApplicationScoped
public class Products {
    private final EventLog log;

    Products(EventLog log) {
        this.log = log;
    }

    /** A product as it is now. */
    public Uni<Product> find(String sku) {
        Product unknown = Product.unknown(sku);
        return log.read(unknown.stream()).map(events -> fold(unknown, events));
    }

    private Product fold(Product product, List<StreamEvent> events) {
        for (StreamEvent event : events) {
            product = change(event).apply(product).at(event.streamPosition());
        }
        return product;
    }

    private UnaryOperator<Product> change(StreamEvent event) {
        return switch (event.eventType()) {
            case "ProductListed" ->
                product -> product.with(
                        true, log.payload(event, ProductListed.class).price());
            case "PriceChanged" ->
                product -> product.with(
                        true, log.payload(event, PriceChanged.class).price());
            case "ProductDiscontinued" -> product -> product.with(false, product.price());
            case "StockReceived" ->
                product ->
                        product.withMore(log.payload(event, StockReceived.class).quantity());
            case "StockReserved" -> product -> product.reserve(log.payload(event, StockReserved.class));
            case "StockReleased" -> product -> product.release(log.payload(event, StockReleased.class));
            default -> UnaryOperator.identity();
        };
    }

    /** Puts a new product up for sale. */
    Uni<AppendResult> list(String sku, ProductListed listed) {
        Refusal.unless(listed.price() > 0, "a price is more than 0 cents");
        return log.append(Product.unknown(sku).stream(), ExpectedPosition.EMPTY, log.event(listed));
    }

    /** A change of a product that is for sale. */
    Uni<AppendResult> change(String sku, Record event) {
        return find(sku).chain(product -> {
            Refusal.unless(product.listed(), "there is no product " + sku);
            return log.append(product.stream(), ExpectedPosition.at(product.position()), log.event(event));
        });
    }
}
