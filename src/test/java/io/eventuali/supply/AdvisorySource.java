package io.eventuali.supply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Where advisories come from: a database that speaks the protocol of OSV.
 *
 * @see <a href="https://google.github.io/osv.dev/post-v1-query/">OSV, query</a>
 */
final class AdvisorySource {
    static final URI OSV = URI.create("https://api.osv.dev/");
    private static final int MAX_SUMMARY = 120;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final URI address;

    AdvisorySource(URI address) {
        this.address = address;
    }

    /**
     * All that is known of one library.
     *
     * @throws IOException if the database cannot be reached, or answers with an error
     */
    List<Advisory> of(String library) throws IOException {
        List<Advisory> found = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = query(library, next);
            page.path("vulns").forEach(vulnerability -> add(found, vulnerability, library));
            next = page.path("next_page_token").asText("");
        } while (!next.isEmpty());
        return found;
    }

    private JsonNode query(String library, String page) throws IOException {
        ObjectNode query = json.createObjectNode();
        query.putObject("package").put("ecosystem", "Maven").put("name", library);
        if (!page.isEmpty()) {
            query.put("page_token", page);
        }
        HttpRequest request = HttpRequest.newBuilder(address.resolve("v1/query"))
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString(query.toString()))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException(address + " answered " + answer.statusCode());
            }
            return json.readTree(answer.body());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException(stopped);
        }
    }

    private static void add(List<Advisory> found, JsonNode vulnerability, String library) {
        if (vulnerability.has("withdrawn")) {
            return;
        }
        List<Advisory.Range> ranges = new ArrayList<>();
        for (JsonNode affected : vulnerability.path("affected")) {
            if (affected.path("package").path("name").asText().equals(library)) {
                affected.path("ranges").forEach(range -> addRanges(ranges, range.path("events")));
            }
        }
        if (!ranges.isEmpty()) {
            String summary = vulnerability.path("summary").asText("no summary");
            found.add(new Advisory(
                    id(vulnerability),
                    library,
                    summary.length() > MAX_SUMMARY ? summary.substring(0, MAX_SUMMARY) + "…" : summary,
                    ranges));
        }
    }

    /** Events come in pairs; one without an end has none yet, or ends after a version, of which no good one follows for sure. */
    private static void addRanges(List<Advisory.Range> ranges, JsonNode events) {
        String introduced = null;
        for (JsonNode event : events) {
            if (event.has("introduced")) {
                introduced = event.get("introduced").asText();
            } else if (event.has("fixed") && introduced != null) {
                ranges.add(new Advisory.Range(introduced, event.get("fixed").asText()));
                introduced = null;
            }
        }
        if (introduced != null) {
            ranges.add(new Advisory.Range(introduced, null));
        }
    }

    private static String id(JsonNode vulnerability) {
        for (JsonNode alias : vulnerability.path("aliases")) {
            if (alias.asText().startsWith("CVE-")) {
                return alias.asText();
            }
        }
        return vulnerability.path("id").asText();
    }
}
