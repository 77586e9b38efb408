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
}
