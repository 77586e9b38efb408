package io.eventuali.supply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.eventuali.supply.Advisory.Range;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A library with a known weakness does not go unnoticed, and neither does an exception that has outlived its reason. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class AdvisoryListTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 30);
    private static final String HTTP2 = "io.netty:netty-codec-http2";
    private static final String FIRST_PAGE = """
        {"vulns":[{"id":"GHSA-w9fj-cfpg-grvv","aliases":["CVE-2026-33871"],"summary":"Flood","affected":[
        {"package":{"name":"io.netty:netty-codec-http2"},"ranges":[{"type":"ECOSYSTEM","events":
        [{"introduced":"0"},{"fixed":"4.1.132.Final"},{"introduced":"4.2.0.Final"}]}]},
        {"package":{"name":"something:else"},"ranges":[{"events":[{"introduced":"0"}]}]}]}],
        "next_page_token":"more"}
        """;
    private static final String SECOND_PAGE = """
        {"vulns":[{"id":"GHSA-gone","withdrawn":"2026-01-01T00:00:00Z","affected":[{"package":
        {"name":"io.netty:netty-codec-http2"},"ranges":[{"events":[{"introduced":"0"}]}]}]}]}
        """;

    @ParameterizedTest
    @CsvSource({
        "io.netty:netty-codec-http2, 4.1.130.Final, CVE-2026-33871, use 4.1.132.Final or later",
        "io.netty:netty-codec-http2, 4.2.9.Final, CVE-2026-33871, use 4.2.10.Final or later",
        "io.netty:netty-codec-http, 4.1.130.Final, CVE-2026-33870, use 4.1.132.Final or later",
        "org.apache.kafka:kafka-clients, 4.1.1, CVE-2026-35554, use 4.1.2 or later"
    })
    void versions_that_were_once_ours_are_named_with_the_remedy(
            String library, String version, String id, String remedy) throws IOException {
        assertThat(new AdvisoryList(AdvisoryList.read().advisories(), List.of())
                        .complaints(Map.of(library, version), TODAY))
                .filteredOn(complaint -> complaint.contains(id))
                .singleElement()
                .asString()
                .contains(library + " " + version)
                .contains(remedy);
    }

    @ParameterizedTest
    @CsvSource({
        "4.1.131.Final, true",
        "4.1.132.Final, false",
        "4.1.137.Final, false",
        "4.2.9.Final, true",
        "4.2.10.Final, false"
    })
    void the_version_with_the_fix_is_good(String version, boolean affected) {
        assertThat(flood().rangeOf(version).isPresent()).isEqualTo(affected);
    }

    @Test
    void an_exception_holds_up_to_its_last_day() {
        AdvisoryList list = new AdvisoryList(
                List.of(flood()),
                List.of(new AdvisoryException("CVE-2026-33871", HTTP2, "a proxy in front speaks HTTP/1 only", TODAY)));
        Map<String, String> ours = Map.of(HTTP2, "4.1.130.Final");

        assertThat(list.complaints(ours, TODAY)).isEmpty();
        assertThat(list.complaints(ours, TODAY.plusDays(1)))
                .singleElement()
                .asString()
                .contains("ended on 2026-11-30")
                .contains("use 4.1.132.Final or later");
    }

    @Test
    void an_exception_that_is_not_needed_has_to_go() {
        AdvisoryList list = new AdvisoryList(
                List.of(flood()), List.of(new AdvisoryException("CVE-2026-33871", HTTP2, "no remedy yet", TODAY)));

        assertThat(list.complaints(Map.of(HTTP2, "4.1.137.Final"), TODAY))
                .singleElement()
                .asString()
                .contains("is not needed");
    }

    @Test
    void a_source_adds_what_it_knows_and_what_it_does_not_know_stays() throws IOException {
        Advisory byHand = new Advisory("CVE-1", HTTP2, "known to us alone", List.of(new Range("0", "2")));
        HttpServer osv = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        osv.createContext("/v1/query", exchange -> {
            String query = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] body = (query.contains("page_token") ? SECOND_PAGE : FIRST_PAGE).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        osv.start();
        try {
            List<Advisory> found = new AdvisorySource(
                            URI.create("http://localhost:" + osv.getAddress().getPort() + "/"))
                    .of(HTTP2);

            assertThat(found)
                    .containsExactly(new Advisory(
                            "CVE-2026-33871",
                            HTTP2,
                            "Flood",
                            List.of(new Range("0", "4.1.132.Final"), new Range("4.2.0.Final", null))));
            assertThat(new AdvisoryList(List.of(flood(), byHand), List.of())
                            .with(found)
                            .advisories())
                    .containsExactly(byHand, found.get(0));
        } finally {
            osv.stop(0);
        }
    }

    @Test
    void a_source_that_cannot_be_reached_is_a_failure_and_not_an_empty_list() throws IOException {
        URI nobody;
        try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://localhost:" + port.getLocalPort() + "/");
        }

        assertThatThrownBy(() -> new AdvisorySource(nobody).of(HTTP2)).isInstanceOf(IOException.class);
    }

    private static Advisory flood() {
        return new Advisory(
                "CVE-2026-33871",
                HTTP2,
                "Flood of empty CONTINUATION frames",
                List.of(new Range("0", "4.1.132.Final"), new Range("4.2.0.Final", "4.2.10.Final")));
    }
}
