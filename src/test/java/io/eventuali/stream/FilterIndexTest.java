package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.StreamEvent;
import io.eventuali.support.LogEvents;
import io.eventuali.support.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FilterIndexTest {
    private static final List<String> NAMES = List.of("a", "ab", "abc", "b", "ba", "a*", "é𝄞");
    private static final List<String> PATTERNS =
            List.of("a", "ab", "a*", "ab*", "*", "*b", "a*c", "b", "ba*", "**", "none", "é*", "a**");
    private static final int ROUNDS = 300;

    private final Seed seed = Seed.next();
    private final RandomGenerator random = seed.random();

    @Test
    void an_event_reaches_exactly_the_groups_whose_filter_accepts_it() {
        for (int round = 0; round < ROUNDS; round++) {
            FilterIndex index = new FilterIndex();
            List<FilterGroup> groups = new ArrayList<>();
            for (int number = 1; number <= 30; number++) {
                FilterGroup group = new FilterGroup(number, randomFilter(), null, 0);
                groups.add(group);
                index.add(group);
            }
            // Those that left must not be found, and must take nobody with them.
            List<FilterGroup> left = List.copyOf(groups.subList(0, 10));
            left.forEach(index::remove);
            groups.removeAll(left);

            for (int position = 1; position <= 20; position++) {
                StreamEvent event = LogEvents.at(position, name(), name(), name());
                Set<Integer> found = new TreeSet<>();
                index.candidates(event, group -> {
                    if (group.filter().accepts(event)) {
                        found.add(group.number());
                    }
                });

                assertThat(found)
                        .as("%s, %s", seed, event)
                        .isEqualTo(groups.stream()
                                .filter(group -> group.filter().accepts(event))
                                .map(FilterGroup::number)
                                .collect(Collectors.toCollection(TreeSet::new)));
            }
            groups.forEach(index::remove);
            assertThat(index.isEmpty()).as("%s", seed).isTrue();
        }
    }

    @Test
    void an_event_costs_nothing_for_groups_that_are_filed_under_other_names() {
        FilterIndex index = new FilterIndex();
        for (int number = 1; number <= 10_000; number++) {
            String pattern = number % 2 == 0 ? "user-" + number : "user-" + number + "-*";
            index.add(new FilterGroup(
                    number,
                    new EventFilter(List.of(), List.of(NamePattern.of(pattern)), List.of(NamePattern.of("User*"))),
                    null,
                    0));
        }
        List<Integer> asked = new ArrayList<>();

        index.candidates(LogEvents.at(1, "User", "user-42", "UserRenamed"), group -> asked.add(group.number()));
        index.candidates(LogEvents.at(2, "User", "user-43-x", "UserRenamed"), group -> asked.add(group.number()));

        assertThat(asked).containsExactly(42, 43);
    }

    private EventFilter randomFilter() {
        return new EventFilter(patterns(), patterns(), patterns());
    }

    private List<NamePattern> patterns() {
        return IntStream.range(0, random.nextInt(3))
                .mapToObj(i -> NamePattern.of(PATTERNS.get(random.nextInt(PATTERNS.size()))))
                .toList();
    }

    private String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }
}
