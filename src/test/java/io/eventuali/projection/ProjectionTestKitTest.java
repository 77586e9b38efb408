package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.eventuali.event.InvalidEventException;
import java.time.Instant;
import java.time.LocalDate;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProjectionTestKitTest {

    @Test
    void it_says_what_became_of_events_and_what_did_not() {
        ProjectionTestKit.of(new Names())
                .given("User", "1", "Named", "{\"name\":\"Ada\"}")
                .given("User", "2", "Named", "{\"name\":\"Bob\",\"unknown\":1}")
                .given("Robot", "3", "Named", "{\"name\":\"Marvin\"}")
                .given("User", "1", "Unheard", "{}")
                .expect("1", new Name("Ada", 1))
                .given("User", "2", "Left", "{}")
                .expectNone("2")
                .expectNone("3");
    }

    @Test
    void an_unexpected_document_and_a_failing_handler_fail_the_test() {
        var kit = ProjectionTestKit.of(new Names()).given("User", "1", "Named", "{\"name\":\"Ada\"}");

        assertThatThrownBy(() -> kit.expect("1", new Name("Bob", 1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Ada");
        assertThatIllegalStateException()
                .isThrownBy(() -> kit.given("User", "1", "Named", "[]"))
                .withMessageContaining("event 2 (Named)");
    }

    @Test
    void days_and_times_are_written_as_the_service_writes_them() {
        ProjectionTestKit.of(new Stays())
                .given("Guest", "1", "Arrived", "{\"day\":\"2026-11-23\",\"at\":\"2026-11-23T10:00:00.5Z\"}")
                .expect("1", new Stay("2026-11-23", "2026-11-23T10:00:00.500Z"));
    }

    @Test
    void data_of_every_older_shape_is_brought_up_to_the_newest_one() {
        ProjectionTestKit.of(new Names())
                .given("User", "1", "Renamed", "\"Ada\"")
                .expect("1", new Name("Ada", 1))
                .given("User", "1", "Renamed", "{\"first\":\"Bob\"}", "{\"schemaVersion\":2}")
                .expect("1", new Name("Bob", 2))
                .given("User", "1", "Renamed", "{\"name\":\"Cy\"}", "{\"schemaVersion\":3}")
                .expect("1", new Name("Cy", 3));
    }

    @Test
    void the_statistics_tell_counts_by_type_and_by_minute() {
        var kit = ProjectionTestKit.of(new EventStatistics())
                .given("A/B", "1", "X", "{}")
                .given("A", "2", "X", "{}")
                .given("A", "3", "X", "{}");

        assertThat(kit.keys()).containsExactly("A%2FB/X", "A/X");
        assertThat(kit.state("A/X")).hasValueSatisfying(statistics -> {
            assertThat(statistics.count()).isEqualTo(2);
            assertThat(statistics.inMinute() + statistics.inMinuteBefore()).isEqualTo(2);
            assertThat(statistics.lastAggregateId()).isEqualTo("3");
            assertThat(statistics.last()).isBeforeOrEqualTo(Instant.now());
        });
    }

    @Test
    void a_projection_that_contradicts_itself_is_refused_when_it_is_made() {
        assertThatIllegalStateException().isThrownBy(TwoHandlers::new).withMessageContaining("two handlers of X");
        assertThatThrownBy(() -> new Unnamed("")).isInstanceOf(InvalidEventException.class);
        assertThatThrownBy(() -> new Unnamed("n".repeat(101))).isInstanceOf(InvalidEventException.class);
    }

    record Name(String name, int changes) {}

    record Named(String name) {}

    private static final class Names extends Projection<Name> {
        Names() {
            super("names", Name.class);
            filter(event -> event.aggregateType().equals("User"));
            on("Named", Named.class, (name, e) -> next(name, e.data().name()));
            on("Renamed", Named.class, (name, e) -> next(name, e.data().name()));
            on("Left", (name, e) -> null);
            upcast("Renamed", 1, data -> JsonNodeFactory.instance.objectNode().set("first", data));
            upcast("Renamed", 2, data -> JsonNodeFactory.instance.objectNode().set("name", data.get("first")));
        }

        private static Name next(Name before, String name) {
            return new Name(name, before == null ? 1 : before.changes() + 1);
        }
    }

    private static final class TwoHandlers extends Projection<Long> {
        TwoHandlers() {
            super("two", Long.class);
            on("X", (count, e) -> 1L);
            on("X", (count, e) -> 2L);
        }
    }

    private static final class Unnamed extends Projection<Long> {
        Unnamed(String name) {
            super(name, Long.class);
        }
    }

    record Arrived(LocalDate day, Instant at) {}

    /** Its members are read as they were written. */
    record Stay(Object day, Object at) {}

    private static final class Stays extends Projection<Stay> {
        Stays() {
            super("stays", Stay.class);
            on(
                    "Arrived",
                    Arrived.class,
                    (stay, e) -> new Stay(e.data().day(), e.data().at()));
        }
    }
}
