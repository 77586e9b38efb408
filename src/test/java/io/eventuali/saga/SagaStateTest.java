package io.eventuali.saga;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A saga is what the engine wrote into its stream, whatever else is there. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaStateTest {
    private static final String STARTED =
            "{\"version\":1,\"businessKey\":\"b\",\"steps\":[\"reserve\",\"pay\"],\"data\":{\"a\":1},\"deadlineMs\":60000,\"after\":7}";
    private static final ObjectMapper VIEW = JsonMapper.builder()
            .addModules(new JavaTimeModule(), new Jdk8Module())
            .build();

    private final SagaState saga = new SagaState("order", "1");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Garbage | {}",
                "Garbage | 1e99999999999",
                "sagaCompleted | {\"durationMs\":1}",
                "SagaStarted | " + STARTED,
                "SagaCompleted | {\"durationMs\":1}",
                "SagaCompleted | {}",
                "SagaCompensated | {\"durationMs\":1}",
                "SagaFailed | {\"durationMs\":1}",
                "SagaCancelled | {\"durationMs\":1}",
                "CancelRequested | {}",
                "CancelRequested | null",
                "CancelRequested | []",
                "CancelRequested | {\"by\":\"desk\"}",
                "CancelRequested | {\"by\":5,\"reason\":true}",
                "DeadlineExceeded | {}",
                "DeadlineExceeded | {\"deadlineMs\":1}",
                "DeadlineExceeded | {\"deadlineMs\":\"60000\"}",
                "SagaHalted | {}",
                "SagaResumed | {\"version\":1}",
                "StepStarted | {\"step\":\"pay\"}",
                "StepStarted | {\"step\":\"pay\",\"attempt\":7,\"timeoutMs\":1}",
                "StepStarted | {\"step\":\"none\",\"attempt\":1,\"timeoutMs\":1}",
                "StepStarted | {\"step\":\"pay\",\"attempt\":1,\"awaitedType\":\"T\"}",
                "StepCompleted | {\"step\":\"pay\",\"attempt\":1,\"durationMs\":1}",
                "StepCompleted | {\"step\":\"reserve\",\"attempt\":2,\"durationMs\":1}",
                "StepCompleted | {\"step\":\"reserve\",\"attempt\":\"1\",\"durationMs\":1}",
                "StepCompleted | {\"step\":\"reserve\",\"attempt\":1.0,\"durationMs\":1}",
                "StepCompleted | {\"step\":[\"reserve\"],\"attempt\":1,\"durationMs\":1}",
                "StepCompleted | {\"step\":\"reserve\",\"durationMs\":1}",
                "StepFailed | {\"attempt\":1,\"durationMs\":1,\"outcomeUnknown\":false}",
                "StepSkipped | {\"step\":\"reserve\",\"reason\":\"x\"}",
                "AwaitedEventReceived | {\"step\":\"reserve\",\"position\":3,\"eventId\":\"x\"}",
                "CompensationStarted | {\"step\":\"reserve\",\"attempt\":1}",
                "StepCompensated | {\"step\":\"reserve\",\"attempt\":0,\"durationMs\":0,\"by\":\"x\",\"reason\":\"x\"}",
                "CompensationSkipped | {\"step\":\"reserve\",\"by\":\"x\",\"reason\":\"x\"}",
                "CompensationFailed | {\"step\":\"reserve\",\"attempt\":0,\"durationMs\":1}",
                "RetryRequested | {\"step\":\"reserve\",\"by\":\"x\",\"reason\":\"x\"}"
            })
    void an_event_that_the_engine_did_not_write_changes_nothing(String type, String data) {
        begin();
        String before = view(saga);

        apply(type, data);

        assertThat(saga.position()).isEqualTo(3);
        assertThat(saga.ignored()).isOne();
        assertThat(view(saga)).isEqualTo(before);
        // And what the engine writes after it counts.
        apply("StepCompleted", "{\"step\":\"reserve\",\"attempt\":1,\"durationMs\":5}");
        assertThat(saga.step("reserve").status).isEqualTo(StepStatus.COMPLETED);
    }

    @Test
    void a_stream_that_begins_with_garbage_is_a_saga_from_where_it_was_started() {
        apply("Garbage", "{}");
        apply("SagaCompleted", "{\"durationMs\":1}");
        assertThat(saga.isStarted()).isFalse();

        begin();

        assertThat(saga.isStarted()).isTrue();
        assertThat(saga.status()).isEqualTo(SagaStatus.IN_PROGRESS);
        assertThat(saga.correlationId()).isEqualTo("c");
        assertThat(saga.position()).isEqualTo(4);
    }

    @Test
    void what_has_ended_stays_ended() {
        begin();
        apply("StepCompleted", "{\"step\":\"reserve\",\"attempt\":1,\"durationMs\":5}");
        apply("StepStarted", "{\"step\":\"pay\",\"attempt\":1,\"timeoutMs\":1}");
        apply("StepCompleted", "{\"step\":\"pay\",\"attempt\":1,\"durationMs\":5}");
        apply("SagaCompleted", "{\"durationMs\":9}");
        assertThat(saga.status()).isEqualTo(SagaStatus.COMPLETED);

        apply("CancelRequested", "{\"by\":\"desk\",\"reason\":\"x\"}");
        apply("StepStarted", "{\"step\":\"pay\",\"attempt\":2,\"timeoutMs\":1}");

        assertThat(saga.status()).isEqualTo(SagaStatus.COMPLETED);
        assertThat(saga.ignored()).isEqualTo(2);
    }

    @RepeatedTest(20)
    void no_data_of_any_event_keeps_a_saga_from_being_read_shown_and_listed() throws Exception {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        RandomJson json = new RandomJson(random);
        List<String> types = SagaEvent.TYPES.keySet().stream().sorted().toList();
        List<String> members = List.of(
                "step",
                "attempt",
                "durationMs",
                "by",
                "reason",
                "steps",
                "data",
                "version",
                "businessKey",
                "deadlineMs",
                "after",
                "timeoutMs",
                "retryInMs",
                "position",
                "eventId",
                "awaitedType",
                "awaitedKey");
        for (int i = 0; i < 300; i++) {
            StringBuilder data = new StringBuilder("{");
            for (String member : members) {
                if (random.nextInt(3) > 0) {
                    String value = random.nextInt(3) == 0
                            ? json.value()
                            : List.of(
                                            "1",
                                            "\"pay\"",
                                            "[\"pay\"]",
                                            "-9223372036854775808",
                                            "9223372036854775807",
                                            "\"\\u0000\"")
                                    .get(random.nextInt(6));
                    data.append(data.length() > 1 ? "," : "")
                            .append('"')
                            .append(member)
                            .append("\":")
                            .append(value);
                }
            }
            apply(types.get(random.nextInt(types.size())), data.append('}').toString(), json.object());
        }

        assertThat(saga.position()).as("%s", seed).isEqualTo(300);
        if (saga.isStarted()) {
            assertThat(view(saga)).as("%s", seed).isNotEmpty();
            SagaRow row = SagaRow.of(saga);
            assertThat(SagaJson.write(row)).as("%s", seed).doesNotContain("\\u0000", "\\ud8", "\\uD8", "+2", "\"-2");
        }
    }

    private void begin() {
        apply("SagaStarted", STARTED, "{\"correlationId\":\"c\"}");
        apply("StepStarted", "{\"step\":\"reserve\",\"attempt\":1,\"idempotencyKey\":\"k\",\"timeoutMs\":30000}");
    }

    private void apply(String type, String data) {
        apply(type, data, "{}");
    }

    private void apply(String type, String data, String metadata) {
        saga.apply(new StreamEvent(
                saga.position() + 100,
                saga.position() + 1,
                UUID.randomUUID(),
                saga.stream(),
                type,
                Instant.EPOCH.plusSeconds(saga.position()),
                new JsonText(data),
                new JsonText(metadata)));
    }

    /** Everything of a saga but how many events its stream has. */
    private static String view(SagaState saga) {
        try {
            String json = VIEW.writeValueAsString(SagaDetails.of(saga));
            return json.replaceAll("\"position\":\\d+|\"ignoredEvents\":\\d+", "");
        } catch (JsonProcessingException failure) {
            throw new AssertionError(failure);
        }
    }
}
