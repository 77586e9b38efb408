package io.eventuali.saga;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.JsonText;
import io.eventuali.event.StrictJson;
import io.eventuali.saga.SagaEvent.SagaStarted;
import io.eventuali.saga.SagaEvent.StepFailed;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaJsonTest {
    @Test
    void data_that_the_log_takes_is_recorded_as_json_that_it_takes_and_read_back() {
        Seed seed = Seed.next();
        RandomJson json = new RandomJson(seed.random());
        for (int i = 0; i < 2_000; i++) {
            JsonNode data = SagaJson.tree(json.value());
            SagaStarted started = new SagaStarted(1, "key", List.of("step"), data, 1, 0, "desk");

            String recorded = SagaJson.write(started);

            assertThat(StrictJson.violation(recorded, 100))
                    .as("%s: %s", seed, recorded)
                    .isEmpty();
            assertThat(SagaEvent.read("SagaStarted", recorded)).as("%s", seed).contains(started);
        }
    }

    @Test
    void metadata_that_cannot_be_read_are_as_if_there_were_none() {
        assertThat(SagaJson.text(new JsonText("{\"correlationId\":\"c\",\"n\":1e2147483648}"), "correlationId"))
                .isEmpty();
        assertThat(SagaJson.text(new JsonText("{\"correlationId\":\"c\"}"), "correlationId"))
                .contains("c");
    }

    @Test
    void a_failure_is_recorded_whatever_its_message_holds_and_wherever_it_is_cut() {
        for (String message : List.of("\ud800", "a".repeat(499) + "𝄞", "\0\udc00")) {
            ActionFailure failure = ActionFailure.of(new IllegalStateException(message));
            String recorded = SagaJson.write(new StepFailed("s", 1, 1, failure.type(), failure.message(), false, null));

            assertThat(StrictJson.violation(recorded, 100)).isEmpty();
        }
    }
}
