package io.eventuali.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.nativeimage.PackagedClasses.Gap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * The jars of the packaged service fit each other: each class, field and method that the service reaches is there. A native build stops at one
 * that is not; the JVM fails when it comes to it. {@code known-gaps.txt} lists the parts of libraries that nothing calls here.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LinkageIT {
    /** A line of the list: the jar without its version, what is missing from its first characters on, the reason. */
    private record KnownGap(String jar, String missing, String reason) {
        static KnownGap of(String line) {
            String[] parts = line.split("\\s+", 3);
            return new KnownGap(parts[0], parts[1], parts[2]);
        }

        boolean covers(Gap gap) {
            return gap.jar().matches("\\Q" + jar + "\\E-\\d.*") && gap.to().startsWith(missing);
        }
    }

    @Test
    void nothing_that_the_service_reaches_is_missing() throws IOException {
        List<KnownGap> known = knownGaps();
        try (PackagedClasses classes =
                new PackagedClasses(Path.of(System.getProperty("test.runner")).getParent())) {
            List<Gap> gaps = classes.gaps();

            assertThat(gaps).as("missing").allMatch(gap -> known.stream().anyMatch(each -> each.covers(gap)));
            assertThat(known)
                    .as("gaps that are closed: remove them from the list")
                    .allMatch(each -> gaps.stream().anyMatch(each::covers));
        }
    }

    private static List<KnownGap> knownGaps() throws IOException {
        return Files.readAllLines(Path.of("src", "test", "resources", "known-gaps.txt")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(KnownGap::of)
                .toList();
    }
}
