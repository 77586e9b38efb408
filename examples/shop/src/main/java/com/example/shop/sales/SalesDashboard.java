package com.example.shop.sales;

import com.example.shop.order.OrderConfirmed;
import com.example.shop.order.OrderResource;
import io.eventuali.projection.Projection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;

/** Read model: what was sold. One document a day (UTC), {@code GET /v1/projections/sales-dashboard/state/2026-11-23}. */
@ApplicationScoped
public class SalesDashboard extends Projection<SalesDay> {
    SalesDashboard() {
        super("sales-dashboard", SalesDay.class);
        filterByAggregateType(OrderResource.TYPE);
        keyedBy(event -> LocalDate.ofInstant(event.timestamp(), ZoneOffset.UTC).toString());
        on("OrderPlaced", (day, e) -> begun(day).withPlaced());
        on("OrderConfirmed", OrderConfirmed.class, (day, e) -> begun(day)
                .withConfirmed(e.data().lines(), e.data().total()));
        on("OrderCancelled", (day, e) -> begun(day).withCancelled());
    }

    private static SalesDay begun(SalesDay day) {
        return Objects.requireNonNullElse(day, SalesDay.QUIET);
    }
}
