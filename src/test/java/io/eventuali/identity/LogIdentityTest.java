package io.eventuali.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LogIdentityTest {
    private final LogIdentity identity = new LogIdentity();
    private final AtomicInteger doubts = new AtomicInteger();

    @BeforeEach
    void open() {
        identity.onDoubt(doubts::incrementAndGet);
        identity.found(LogMark.parse("a-00000001 10 1000"), OptionalLong.empty(), 0);
    }

    @Test
    void answers_may_overtake_each_other() {
        LogMark before = identity.seen();

        assertThat(identity.confirms(before, new LogMark("a-00000001", 12, 1_200)))
                .isTrue();
        assertThat(identity.confirms(before, new LogMark("a-00000001", 11, 1_100)))
                .isTrue();

        assertThat(identity.seen()).isEqualTo(new LogMark("a-00000001", 12, 1_200));
        assertThat(doubts).hasValue(0);
    }

    @Test
    void a_log_that_ends_before_what_was_seen_when_it_was_asked_is_doubted() {
        assertThat(identity.confirms(identity.seen(), new LogMark("a-00000001", 9, 2_000)))
                .isFalse();
        assertThat(identity.confirms(identity.seen(), new LogMark("a-00000001", 10, 999)))
                .isFalse();
        assertThat(identity.confirms(identity.seen(), new LogMark("a-00000002", 11, 2_000)))
                .isFalse();

        assertThat(doubts).hasValue(3);
        assertThat(identity.seen()).isEqualTo(new LogMark("a-00000001", 10, 1_000));
    }

    @Test
    void an_answer_to_what_the_log_before_was_asked_is_not_used() {
        LogMark before = identity.seen();
        identity.found(new LogMark("b-00000001", 20, 1), OptionalLong.of(1), 9);

        assertThat(identity.confirms(before, new LogMark("a-00000001", 11, 1_100)))
                .isFalse();
        assertThat(identity.confirms(identity.seen(), new LogMark("b-00000001", 20, 1)))
                .isTrue();
    }

    @Test
    void everybody_forgets_before_anybody_goes_on_though_one_fails() {
        List<String> told = new ArrayList<>();
        identity.onReplaced(
                replacement -> told.add("goes on at " + replacement.to().head()));
        identity.onForget(replacement -> {
            throw new IllegalStateException("on purpose");
        });
        identity.onForget(replacement -> told.add("forgets after " + replacement.common()));
        identity.witnessed(identity.epoch(), 10, java.util.UUID.randomUUID());

        identity.found(new LogMark("a-00000001", 11, 1_100), OptionalLong.empty(), 0);
        assertThat(told).isEmpty();
        identity.found(new LogMark("a-00000002", 9, 900), OptionalLong.of(7), 8);

        assertThat(told).containsExactly("forgets after 8", "goes on at 9");
        assertThat(identity.epoch()).isEqualTo("a-00000002");
        assertThat(identity.witness()).isEmpty();
    }

    @Test
    void of_each_name_the_furthest_effect_is_noted() {
        Replacement replacement = new Replacement(LogMark.NONE, LogMark.NONE, OptionalLong.of(1), 0);

        replacement.note("saga", "order/1", 5, "five");
        replacement.note("saga", "order/1", 4, "four");
        replacement.note("saga", "order/1", 6, "six");
        replacement.note("consumer", "order/1", 1, "another kind");

        assertThat(replacement.effects())
                .extracting(Replacement.Effect::detail)
                .containsExactlyInAnyOrder("six", "another kind");
    }
}
