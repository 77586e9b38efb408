package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Whoever opens the bare address of the service is told what it is. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class RootPageIT {
    /** What browsers send. */
    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    @Test
    void a_browser_gets_a_page_whose_links_lead_somewhere() {
        String page = given().header("Accept", BROWSER)
                .get("/")
                .then()
                .statusCode(200)
                .contentType("text/html")
                .header("X-Frame-Options", equalTo("DENY"))
                .header("Vary", equalTo("Accept"))
                .extract()
                .asString();

        assertThat(page).contains("<h1>Eventuali ", "curl -N 'http://localhost:", "/v1/events/stream");
        List<String> links = Pattern.compile("href=\"([^\"]+)\"")
                .matcher(page)
                .results()
                .map(link -> link.group(1))
                .toList();
        assertThat(links).hasSizeGreaterThan(2);
        for (String link : links) {
            given().get("/" + link).then().statusCode(200);
        }
    }

    @Test
    void a_terminal_gets_json_that_ends_its_line() {
        for (String accept : List.of("*/*", "application/json")) {
            String json = given().header("Accept", accept)
                    .get("/")
                    .then()
                    .statusCode(200)
                    .contentType("application/json")
                    .body("name", equalTo("Eventuali"))
                    .body("openapi", equalTo("/q/openapi"))
                    .extract()
                    .asString();
            assertThat(json).endsWith("}\n");
        }
        given().head("/").then().statusCode(200).body(equalTo(""));
    }

    @Test
    void what_a_client_says_about_the_address_is_not_repeated_as_markup() {
        String page = given().header("Accept", BROWSER)
                .header("Host", "<script>")
                .get("/")
                .then()
                .extract()
                .asString();

        assertThat(page).doesNotContain("<script");
    }

    @Test
    void no_other_path_is_the_root() {
        given().header("Accept", BROWSER).get("/index.html").then().statusCode(404);
        given().post("/").then().statusCode(404);
    }
}
