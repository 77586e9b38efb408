package io.eventuali.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ExpectedPositionTest {
    @Test
    void each_choice_accepts_what_it_says() {
        assertThat(ExpectedPosition.ANY.accepts(0)).isTrue();
        assertThat(ExpectedPosition.ANY.accepts(7)).isTrue();
        assertThat(ExpectedPosition.EMPTY.accepts(0)).isTrue();
        assertThat(ExpectedPosition.EMPTY.accepts(1)).isFalse();
        assertThat(ExpectedPosition.at(7).accepts(7)).isTrue();
        assertThat(ExpectedPosition.at(7).accepts(8)).isFalse();
    }

    @Test
    void position_zero_means_that_the_stream_does_not_exist() {
        assertThat(ExpectedPosition.at(0)).isEqualTo(ExpectedPosition.EMPTY);
    }

    @Test
    void a_negative_position_is_refused() {
        assertThatThrownBy(() -> ExpectedPosition.at(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Position(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
