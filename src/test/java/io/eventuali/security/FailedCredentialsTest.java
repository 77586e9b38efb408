package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who sends bad credentials in numbers is told to stop, and nobody else is. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FailedCredentialsTest {
    @Test
    void an_address_may_fail_some_times_and_then_has_to_wait() {
        FailedCredentials failures = new FailedCredentials(1);

        assertThat(IntStream.range(0, 10)
                        .filter(i -> failures.count("192.0.2.1").isPresent()))
                .isEmpty();
        assertThat(failures.count("192.0.2.1"))
                .hasValueSatisfying(wait -> assertThat(wait).isBetween(Duration.ofNanos(1), Duration.ofSeconds(1)));
        assertThat(failures.count("192.0.2.2")).isEmpty();
    }

    @Test
    void without_a_rate_there_is_no_limit() {
        FailedCredentials failures = new FailedCredentials(0);

        assertThat(IntStream.range(0, 10_000)
                        .filter(i -> failures.count("192.0.2.1").isPresent()))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, c0000201",
        "::ffff:192.0.2.1, c0000201",
        "2001:db8:1:2::1, 20010db800010002",
        "2001:db8:1:2:ffff:ffff:ffff:ffff, 20010db800010002",
        "2001:db8:1:3::1, 20010db800010003",
        "fe80::1%eth0, fe80000000000000",
        "evil.example, ''",
        "1.2.3, ''",
        "'', ''",
        ", ''"
    })
    void an_address_of_ipv4_and_a_network_of_ipv6_are_one_client(String address, String network) {
        assertThat(FailedCredentials.network(address)).isEqualTo(network);
    }
}
