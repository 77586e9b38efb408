package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.support.LogEvents;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class EventFilterTest {
    @Test
    void without_patterns_every_event_passes() {
        assertThat(EventFilter.ALL.accepts(LogEvents.at(1, "Order", "1", "OrderPlaced")))
                .isTrue();
    }

    @Test
    void patterns_of_one_kind_are_alternatives() {
        var filter = new EventFilter(List.of(), List.of(), patterns("OrderPlaced", "Payment*"));

        assertThat(List.of("OrderPlaced", "PaymentMade", "OrderShipped"))
                .filteredOn(type -> filter.accepts(LogEvents.at(1, "Any", "1", type)))
                .containsExactly("OrderPlaced", "PaymentMade");
    }

    @Test
    void all_three_kinds_have_to_accept() {
        var filter = new EventFilter(patterns("Order"), patterns("7"), patterns("*Placed"));

        assertThat(filter.accepts(LogEvents.at(1, "Order", "7", "OrderPlaced"))).isTrue();
        assertThat(filter.accepts(LogEvents.at(1, "Basket", "7", "OrderPlaced")))
                .isFalse();
        assertThat(filter.accepts(LogEvents.at(1, "Order", "8", "OrderPlaced"))).isFalse();
        assertThat(filter.accepts(LogEvents.at(1, "Order", "7", "OrderShipped")))
                .isFalse();
    }

    @Test
    void a_filter_does_not_change_with_the_list_it_was_made_from() {
        List<NamePattern> types = new ArrayList<>(patterns("Order"));
        var filter = new EventFilter(types, List.of(), List.of());

        types.clear();

        assertThat(filter.accepts(LogEvents.at(1, "Basket", "1", "Filled"))).isFalse();
        assertThatThrownBy(() -> filter.aggregateTypes().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    private static List<NamePattern> patterns(String... texts) {
        return List.of(texts).stream().map(NamePattern::of).toList();
    }

    @Test
    void a_limit_holds_whatever_is_asked_for() {
        EventFilter limit = filter("Order*", "Placed");

        for (EventFilter asked : List.of(EventFilter.ALL, filter("*", "*"), filter("Order", "*"))) {
            assertThat(asked.within(limit).accepts(LogEvents.at(1, "Order", "1", "Placed")))
                    .isTrue();
            assertThat(asked.within(limit).accepts(LogEvents.at(2, "Secret", "1", "Placed")))
                    .isFalse();
        }
        assertThat(filter("Secret", "*").within(limit).accepts(LogEvents.at(1, "Order", "1", "Placed")))
                .isFalse();
        assertThat(filter("Secret", "*").within(EventFilter.ALL)).isEqualTo(filter("Secret", "*"));
    }

    @Test
    void what_an_index_files_a_filter_under_is_narrowed_by_its_limit() {
        EventFilter limited = EventFilter.ALL.within(filter("Order*", "Placed"));

        assertThat(limited.narrowedAggregateTypes()).containsExactly(NamePattern.of("Order*"));
        assertThat(limited.narrowedEventTypes()).containsExactly(NamePattern.of("Placed"));
        assertThat(filter("Stock", "*").within(filter("Order*", "Placed")).narrowedAggregateTypes())
                .containsExactly(NamePattern.of("Stock"));
    }

    private static EventFilter filter(String aggregateType, String eventType) {
        return new EventFilter(List.of(NamePattern.of(aggregateType)), List.of(), List.of(NamePattern.of(eventType)));
    }
}
