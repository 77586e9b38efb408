package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ticket that the service did not make is seen without asking anybody. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class TicketSealTest {
    private static final Instant END = Instant.parse("2026-11-30T12:00:00Z");

    private final byte[] secret = bytes(1);
    private final TicketSeal seal = new TicketSeal(bytes(2));

    @Test
    void a_ticket_holds_its_secret_and_its_end() {
        assertThat(seal.open(seal.seal(secret, END))).contains(new TicketSeal.Content(ByteBuffer.wrap(secret), END));
    }

    @Test
    void a_ticket_with_one_bit_changed_is_none() {
        String prefix = "evt_";
        byte[] ticket = Base64.getUrlDecoder().decode(seal.seal(secret, END).substring(prefix.length()));

        assertThat(IntStream.range(0, ticket.length * 8).filter(bit -> {
                    byte[] changed = ticket.clone();
                    changed[bit / 8] ^= (byte) (1 << bit % 8);
                    return seal.open(prefix
                                    + Base64.getUrlEncoder().withoutPadding().encodeToString(changed))
                            .isPresent();
                }))
                .isEmpty();
    }

    @Test
    void a_seal_of_another_key_is_none() {
        assertThat(seal.open(new TicketSeal(bytes(3)).seal(secret, END))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 99, 100, 101, 100_000})
    void a_text_of_any_length_is_none(int length) {
        assertThat(seal.open("evt_" + "A".repeat(length))).isEmpty();
        assertThat(seal.open("evt_" + "%".repeat(length))).isEmpty();
        assertThat(seal.open("x".repeat(length))).isEmpty();
    }

    private static byte[] bytes(long seed) {
        byte[] bytes = new byte[TicketSeal.SECRET_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
