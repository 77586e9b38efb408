package com.example.shop.sales;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.projection.ProjectionTestKit;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SalesDashboardTest {
    private static final String LINES =
            "{\"lines\":[{\"sku\":\"tea\",\"quantity\":2,\"price\":450},{\"sku\":\"pot\",\"quantity\":1,\"price\":2000}],"
                    + "\"total\":2900}";

    private final ProjectionTestKit<SalesDay> dashboard = ProjectionTestKit.of(new SalesDashboard());
    private long position;

    @Test
    void each_day_counts_its_orders_and_the_revenue_of_those_that_were_confirmed() {
        given("o-1", "2026-11-23T23:59:59Z", "OrderPlaced", LINES);
        given("o-2", "2026-11-24T00:00:01Z", "OrderPlaced", LINES);
        given("o-1", "2026-11-24T00:00:02Z", "OrderConfirmed", LINES);
        given("o-2", "2026-11-24T00:00:03Z", "OrderCancelled", "{}");

        dashboard
                .expect("2026-11-23", new SalesDay(1, 0, 0, 0, new TreeMap<>()))
                .expect("2026-11-24", new SalesDay(1, 1, 1, 2900, new TreeMap<>(Map.of("tea", 2, "pot", 1))));
        assertThat(dashboard.keys()).containsExactly("2026-11-23", "2026-11-24");
    }

    private void given(String orderId, String at, String type, String data) {
        position++;
        dashboard.given(new StreamEvent(
                position,
                position,
                UUID.randomUUID(),
                new StreamId("Order", orderId),
                type,
                Instant.parse(at),
                new JsonText(data),
                JsonText.EMPTY_OBJECT));
    }
}
