package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.eventuali.format.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class JsonCodecTest {
    private final JsonCodec codec = new JsonCodec(Json.MAPPER);

    @Test
    void a_member_that_was_renamed_in_the_class_is_refused_wherever_it_is() {
        for (String stored : List.of(
                "{\"name\":\"Ada\",\"nights\":1}",
                "{\"guestName\":\"Ada\",\"rooms\":[{\"number\":7,\"floor\":1}]}",
                "{\"guestName\":\"Ada\",\"extras\":{\"a\":{\"number\":7,\"floor\":1}}}")) {
            assertThatThrownBy(() -> codec.document(stored, Stay.class))
                    .as(stored)
                    .hasMessageContaining("Stay")
                    .hasMessageContaining(stored.contains("floor") ? "floor" : "name");
        }
    }

    @Test
    void a_member_that_is_new_is_not_there_yet() {
        assertThat(codec.document("{\"guestName\":\"Ada\"}", Stay.class)).isEqualTo(new Stay("Ada", 0, null, null));
    }

    @Test
    void a_member_that_the_class_works_out_when_it_is_written_does_no_harm() {
        String written = codec.write(new Sum(List.of(1, 2)), Sum.class);

        assertThat(written).contains("\"total\":3");
        assertThat(codec.document(written, Sum.class)).isEqualTo(new Sum(List.of(1, 2)));
    }

    @Test
    void payloads_of_events_may_have_members_that_their_reader_does_not_know() {
        assertThat(codec.read("{\"guestName\":\"Ada\",\"other\":1}", Stay.class).guestName())
                .isEqualTo("Ada");
    }

    @Test
    void the_statistics_of_the_service_do_not_depend_on_the_jackson_of_the_application() {
        JsonCodec another = new JsonCodec(JsonMapper.builder()
                .findAndAddModules()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build());
        TypeStatistics statistics =
                new TypeStatistics("A", "B", 1, Instant.EPOCH, Instant.EPOCH, 1, "a", Instant.EPOCH, 1, 0);

        String written = another.write(statistics, TypeStatistics.class);

        assertThat(written)
                .isEqualTo(codec.write(statistics, TypeStatistics.class))
                .contains("\"1970-01-01T00:00:00Z\"");
        assertThat(another.document(written, TypeStatistics.class)).isEqualTo(statistics);
    }

    record Stay(String guestName, int nights, List<Room> rooms, Map<String, Room> extras) {}

    record Room(int number) {}

    record Sum(List<Integer> parts) {
        public int getTotal() {
            return parts.stream().mapToInt(Integer::intValue).sum();
        }
    }
}
