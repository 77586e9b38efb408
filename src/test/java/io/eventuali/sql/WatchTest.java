package io.eventuali.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A connection tells by its bytes alone whether it owes an answer, and whether somebody is in the middle of a transaction. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class WatchTest {
    private final Watch watch = new Watch();
    private final EmbeddedChannel channel = new EmbeddedChannel(watch);

    @Test
    void a_connection_owes_an_answer_from_what_is_sent_to_what_is_heard() {
        assertThat(watch.owesAnswerFor(0)).isFalse();

        channel.writeOutbound(Unpooled.copiedBuffer(new byte[] {'Q', 0, 0, 0, 4}));
        assertThat(watch.owesAnswerFor(0)).isTrue();

        ready('I');
        assertThat(watch.owesAnswerFor(0)).isFalse();
    }

    @Test
    void it_is_silent_since_a_time_after_what_was_heard_last() {
        ready('I');
        long later = System.nanoTime() + 1;

        assertThat(watch.isSilentSince(later)).isTrue();
        ready('I');
        assertThat(watch.isSilentSince(later)).isFalse();
    }

    @Test
    void it_is_in_use_in_a_statement_and_in_a_transaction() {
        for (char state : new char[] {'T', 'E'}) {
            ready(state);
            assertThat(watch.isInUse()).as("%s", state).isTrue();
        }
        ready('I');
        assertThat(watch.isInUse()).isFalse();
        channel.writeOutbound(Unpooled.copiedBuffer(new byte[] {'Q', 0, 0, 0, 4}));
        assertThat(watch.isInUse()).isTrue();

        ready('I');
        assertThat(watch.isInUse()).isFalse();
    }

    private void ready(char state) {
        channel.writeInbound(Unpooled.copiedBuffer(new byte[] {'C', 0, 'Z', 0, 0, 0, 5, (byte) state}));
    }
}
