package io.eventuali.kafka;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Who does not configure Kafka does not notice it. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class KafkaOffIT {
    @Test
    void nothing_of_it_runs_and_nothing_is_unwell() {
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("kafka"));
        String health =
                given().get("/q/health").then().statusCode(200).extract().asString();
        assertThat(health.toLowerCase(java.util.Locale.ROOT)).doesNotContain("kafka");
        assertThat(given().get("/q/metrics").asString()).doesNotContain("eventuali_kafka");
    }
}
