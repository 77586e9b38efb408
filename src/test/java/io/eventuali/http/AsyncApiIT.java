package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.eventuali.support.LogClient;
import io.eventuali.support.ServedOpenApi;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The AsyncAPI document holds together, agrees with the OpenAPI document, and says what the service sends. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class AsyncApiIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource
    URI base;

    private JsonNode document;

    @BeforeEach
    void fetch() {
        var answer = given().get("/q/asyncapi").then().statusCode(200).extract();
        assertThat(answer.contentType()).startsWith("application/vnd.aai.asyncapi+yaml");
        document = JSON.valueToTree(new Yaml().load(answer.asString()));
    }

    @Test
    void it_has_what_the_specification_requires() {
        assertThat(document.get("asyncapi").asText()).isEqualTo("3.0.0");
        assertThat(document.at("/info/title").asText()).isNotBlank();
        assertThat(document.at("/info/version").asText()).isNotBlank();
        document.get("servers").forEach(server -> {
            assertThat(server.get("host").asText()).isNotBlank();
            assertThat(server.get("protocol").asText()).isIn("http", "kafka");
        });
        document.get("channels").forEach(channel -> {
            assertThat(channel.get("address").asText()).isNotBlank();
            assertThat(channel.get("messages")).isNotEmpty();
            boolean parametric = channel.get("address").asText().contains("{");
            assertThat(channel.has("parameters")).isEqualTo(parametric);
        });
        document.get("operations").forEach(operation -> {
            assertThat(operation.get("action").asText()).isIn("send", "receive");
            assertThat(operation.at("/channel/$ref").asText()).startsWith("#/channels/");
        });
        document.at("/components/messages")
                .forEach(message -> assertThat(message.has("payload")).isTrue());
    }

    @Test
    void every_reference_leads_somewhere() {
        List<JsonNode> references = document.findValues("$ref");

        assertThat(references).isNotEmpty();
        references.forEach(reference -> assertThat(
                        document.at(reference.asText().substring(1)).isMissingNode())
                .as(reference.asText())
                .isFalse());
    }

    @Test
    void what_both_documents_describe_they_describe_alike() {
        JsonNode openApi = ServedOpenApi.fetch().document();

        for (String schema : Set.of("StreamEvent", "CloudEvent")) {
            assertThat(document.at("/components/schemas/" + schema))
                    .as(schema)
                    .isEqualTo(openApi.at("/components/schemas/" + schema));
        }
    }

    @Test
    void the_examples_fit_their_schemas() {
        document.at("/components/messages").properties().forEach(message -> message.getValue()
                .path("examples")
                .forEach(example -> assertThat(violations(message.getKey(), example.get("payload")))
                        .as("%s", message.getKey())
                        .isEmpty()));
    }

    @Test
    void what_followers_get_fits_its_message() {
        LogClient log = new LogClient(base);
        String type = "AsyncApi" + UUID.randomUUID();
        log.append(type, "1", LogClient.event("Said", "{\"text\":\"hello\"}"));

        try (SseProbe probe = log.follow("from=start&aggregateType=" + type).open();
                SseProbe cloudEvents = log.follow("format=cloudevents&from=start&aggregateType=" + type)
                        .open()) {
            probe.await("caught-up");
            cloudEvents.await("caught-up");
            assertFits("Subscribed", probe.frames("subscribed").get(0).data());
            assertFits("Event", probe.events().get(0).data());
            assertFits("CaughtUp", probe.frames("caught-up").get(0).data());
            assertFits("CloudEvent", cloudEvents.frames("message").get(0).data());
        }
    }

    private void assertFits(String message, String data) {
        assertThat(violations(message, LogClient.json(data)))
                .as("%s %s", message, data)
                .isEmpty();
    }

    private List<String> violations(String message, JsonNode payload) {
        ObjectNode root = JSON.createObjectNode();
        root.put(
                "$ref",
                document.at("/components/messages/" + message + "/payload/$ref").asText());
        root.putObject("components").set("schemas", document.at("/components/schemas"));
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(root)
                .validate(payload)
                .stream()
                .map(Error::toString)
                .toList();
    }
}
