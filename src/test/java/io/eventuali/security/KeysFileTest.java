package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KeysFileTest {
    private static final String SHOP =
            "shop.sha256=" + "a".repeat(64) + "\nshop.roles=publisher,subscriber\nshop.aggregate-types=Order*,*Item\n";
    private static final String DESK = "# the end is near\ndesk.sha256=" + "b".repeat(64)
            + "\ndesk.roles=operator\ndesk.until=2027-01-01T00:00:00Z\n";

    @TempDir
    Path directory;

    /** Cut off anywhere, a client could lose its restriction, its end, or half of a pattern: *Item becomes everything. */
    @Test
    void a_file_cut_off_at_any_place_opens_nothing() {
        String whole = SHOP + DESK + "# end";

        for (int length = 0; length < whole.length(); length++) {
            String cut = whole.substring(0, length);
            assertThatThrownBy(() -> KeysFile.parse("keys", cut))
                    .as("cut to %s characters", length)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("keys was cut off, or is still being written");
        }
        assertThat(KeysFile.parse("keys", whole)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"# end", "# end\n", "# end\r\n", "  # end  \n\n \t\n"})
    void the_end_mark_is_the_last_line_with_something_in_it(String end) {
        List<ApiKey> keys = KeysFile.parse("keys", SHOP + end);

        assertThat(keys).singleElement().satisfies(key -> assertThat(key.grant().acceptsAggregateType("Cart"))
                .isFalse());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "# end;S;# end | has a line that begins with \"# end\"",
                "S;# end of the shop's keys;# end | has a line that begins with \"# end\"",
                "S;# end;D | was cut off",
                "S;#end | was cut off",
                "S;# end\\ | was cut off",
                "S;shop.roles=admin;# end | has shop.roles twice",
                "S;S;# end | has shop.sha256 twice",
                "S;shop.aggregate-type=Order;# end | shop.aggregate-type is not a setting",
                "S;shop.until=;# end | shop.until must be a time",
                "S;end=true;# end | end is not a setting",
                "S;shop.Roles=admin;# end | shop.Roles is not a setting",
                "S;shop.keys.roles=admin;# end | shop.keys.roles is not a setting",
                "S;x\\u00zz.roles=admin;# end | is not a properties file"
            })
    void a_file_that_says_two_things_or_something_unknown_is_refused(String lines, String complaint) {
        String text = String.join("\n", lines.split(";")).replace("S\n", SHOP).replaceAll("D$", DESK);

        assertThatThrownBy(() -> KeysFile.parse("keys", text))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void a_grant_that_is_set_to_nothing_is_nothing() {
        String key = "k.sha256=" + "a".repeat(64) + "\nk.roles=subscriber\n";

        assertThat(grant(key).isUnrestricted()).isTrue();
        assertThat(grant(key).acceptsProjection("p")).isTrue();
        assertThat(grant(key + "k.projections=\n").acceptsProjection("p")).isFalse();
        assertThat(grant(key + "k.projections= , \n").acceptsProjection("p")).isFalse();
        assertThat(grant(key + "k.event-types=\n").isEmpty()).isTrue();
        assertThat(grant(key + "k.aggregate-types\n").isEmpty()).isTrue();
    }

    @Test
    void a_file_without_bound_or_in_another_encoding_is_not_read() throws IOException {
        Path file = directory.resolve("keys");

        Files.write(file, new byte[(1 << 20) + 1]);
        assertThatThrownBy(() -> KeysFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("1 MiB");
        Files.write(file, new byte[] {'#', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> KeysFile.read(file)).isInstanceOf(IOException.class);
    }

    private static Grant grant(String lines) {
        return KeysFile.parse("keys", lines + "# end\n").get(0).grant();
    }
}
