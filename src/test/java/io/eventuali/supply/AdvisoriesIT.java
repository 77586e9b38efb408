package io.eventuali.supply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * Holds what was packaged against the list of known weaknesses. With {@code -Dadvisories.renew} the list is renewed first, see
 * {@code .ci/advisories/renew}.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class AdvisoriesIT {
    private static final Path APPLICATION = Path.of("target/quarkus-app");

    @Test
    void no_library_of_the_service_has_a_known_weakness() throws IOException {
        Map<String, String> libraries = libraries();
        if (Boolean.getBoolean("advisories.renew")) {
            renew(libraries);
        }

        assertThat(AdvisoryList.read().complaints(libraries, LocalDate.now())).isEmpty();
    }

    @Test
    void every_library_that_was_packaged_is_looked_at() throws IOException {
        Map<String, String> libraries = libraries();

        try (Stream<Path> jars = Files.walk(APPLICATION.resolve("lib"))) {
            List<String> unknown = jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.endsWith(".jar"))
                    .filter(name -> libraries.entrySet().stream()
                            .noneMatch(library ->
                                    name.startsWith(library.getKey().replace(':', '.') + "-" + library.getValue())))
                    .toList();
            assertThat(unknown).isEmpty();
        }
        assertThat(libraries)
                .containsKeys(
                        "io.netty:netty-codec-http2", "org.apache.kafka:kafka-clients", "org.postgresql:postgresql");
    }

    /** What Quarkus wrote down when it packaged: {@code group:artifact:classifier:type:version}. */
    private static Map<String, String> libraries() throws IOException {
        Map<String, String> libraries = new TreeMap<>();
        for (String line : Files.readAllLines(APPLICATION.resolve("quarkus-app-dependencies.txt"))) {
            String[] parts = line.split(":");
            libraries.put(parts[0] + ":" + parts[1], parts[parts.length - 1]);
        }
        return libraries;
    }

    private static void renew(Map<String, String> libraries) throws IOException {
        AdvisorySource source = new AdvisorySource(AdvisorySource.OSV);
        List<Advisory> learnt = new ArrayList<>();
        for (String library : libraries.keySet()) {
            try {
                learnt.addAll(source.of(library));
            } catch (IOException unreachable) {
                fail("the list was not renewed, it is as it was: %s does not answer about %s from here (%s)"
                        .formatted(AdvisorySource.OSV, library, unreachable));
            }
        }
        AdvisoryList.read().with(learnt).write(AdvisoryList.ADVISORIES);
    }
}
