package com.example.shop;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
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
    void the_dashboard_counts_an_order() {
        list(450);
        receive(10);
        long position = position(place(2));

        JsonPath days = given().queryParam("after", position)
                .queryParam("timeout", "20s")
                .get("/v1/projections/sales-dashboard/state")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
        assertThat(days.getList("states.state.placed", Integer.class)).anyMatch(placed -> placed > 0);
    }

    @Test
    void what_the_shop_does_not_do_is_a_problem_document() {
        put("/products/" + sku, "{\"name\":\"Tea\",\"price\":0}").statusCode(422);
        list(450);
        place(0).statusCode(422);
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
