package com.example.shop;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The whole shop on a real PostgreSQL, as its users see it. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class ShopTest {
    private final String sku = "tea-" + UUID.randomUUID();
    private final String order = "order-" + UUID.randomUUID();

    @Test
    void who_lists_a_product_finds_it_in_the_catalogue_at_once() {
        list(450);
        long position = receive(10);

        JsonPath entry = catalogue(position).statusCode(200).extract().jsonPath();

        assertThat(entry.getString("name")).isEqualTo("Tea");
        assertThat(entry.getLong("price")).isEqualTo(450);
        assertThat(entry.getInt("available")).isEqualTo(10);
    }

    @Test
    void a_product_can_be_listed_once() {
        list(450);

        ValidatableResponse again = put("/products/" + sku, "{\"name\":\"Other\",\"price\":1}");

        assertThat(again.statusCode(412).extract().jsonPath().getString("type"))
                .isEqualTo("/problems/version-conflict");
    }

    @Test
    void a_product_that_was_discontinued_is_not_in_the_catalogue_and_cannot_be_ordered() {
        list(450);
        long position = position(given().delete("/products/" + sku).then());

        catalogue(position).statusCode(404);
        place(1).statusCode(422);
    }

    @Test
    void an_order_that_is_sent_twice_is_one_order() {
        list(450);
        receive(10);
        long first = position(place(2));
        long second = position(place(2));

        assertThat(second).isEqualTo(first);
    }

    @Test
    void an_order_takes_goods_from_the_stock_and_counts_as_sold() {
        list(450);
        receive(10);
        place(2).statusCode(200);

        long position = awaitLast("OrderConfirmed");

        assertThat(catalogue(position).extract().jsonPath().getInt("available")).isEqualTo(8);
        JsonPath days = given().queryParam("after", position)
                .queryParam("timeout", "20s")
                .get("/v1/projections/sales-dashboard/state")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
        assertThat(days.getList("states.state.sold", Map.class))
                .anyMatch(sold -> Integer.valueOf(2).equals(sold.get(sku)));
    }

    @Test
    void an_order_whose_payment_is_declined_is_cancelled_and_gives_its_goods_back() {
        list(60_000);
        receive(10);
        place(2).statusCode(200);

        long position = awaitLast("OrderCancelled");

        assertThat(events("Product", sku)).endsWith("StockReserved", "StockReleased");
        assertThat(catalogue(position).extract().jsonPath().getInt("available")).isEqualTo(10);
        await().untilAsserted(() -> assertThat(given().queryParam("businessKey", order)
                        .get("/v1/sagas/order")
                        .then()
                        .extract()
                        .jsonPath()
                        .getString("sagas[0].status"))
                .isEqualTo("compensated"));
    }

    @Test
    void an_order_of_more_than_there_is_is_cancelled() {
        list(450);
        receive(1);
        place(2).statusCode(200);

        long position = awaitLast("OrderCancelled");

        assertThat(catalogue(position).extract().jsonPath().getInt("available")).isEqualTo(1);
    }

    @Test
    void what_the_shop_does_not_do_is_a_problem_document() {
        put("/products/" + sku, "{\"name\":\"Tea\",\"price\":0}").statusCode(422);
        list(450);
        place(0).statusCode(422);
    }

    /** Waits until this is the last event of the order, and returns its position. */
    private long awaitLast(String eventType) {
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        lastOf("Order", order).getString("events[0].eventType").equals(eventType));
        return lastOf("Order", order).getLong("events[0].globalPosition");
    }

    private static JsonPath lastOf(String aggregateType, String aggregateId) {
        return stream(aggregateType, aggregateId, "?direction=backward&limit=1");
    }

    private static List<String> events(String aggregateType, String aggregateId) {
        return stream(aggregateType, aggregateId, "").getList("events.eventType");
    }

    private static JsonPath stream(String aggregateType, String aggregateId, String query) {
        return given().get("/v1/streams/" + aggregateType + "/" + aggregateId + "/events" + query)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private void list(long price) {
        position(put("/products/" + sku, "{\"name\":\"Tea\",\"price\":" + price + "}"));
    }

    private long receive(int quantity) {
        return position(given().contentType("application/json")
                .body("{\"quantity\":" + quantity + "}")
                .post("/products/" + sku + "/stock")
                .then());
    }

    private ValidatableResponse place(int quantity) {
        return put(
                "/orders/" + order,
                "{\"customer\":\"ada\",\"items\":[{\"sku\":\"" + sku + "\",\"quantity\":" + quantity + "}]}");
    }

    private ValidatableResponse catalogue(long after) {
        return given().queryParam("after", after)
                .queryParam("timeout", "20s")
                .get("/v1/projections/catalogue/state/" + sku)
                .then();
    }

    private static ValidatableResponse put(String path, String body) {
        return given().contentType("application/json").body(body).put(path).then();
    }

    private static long position(ValidatableResponse receipt) {
        return receipt.statusCode(200).extract().jsonPath().getLong("position");
    }
}
