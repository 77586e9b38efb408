package io.eventuali.supply;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A version that we set against the platform's has an end: when the platform has come as far. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PinsTest {
    @ParameterizedTest
    @CsvSource({
        "netty.version, io.netty, netty-common",
        "postgresql.version, org.postgresql, postgresql",
        "jackson.version, com.fasterxml.jackson.core, jackson-databind",
        "cloudevents.version, io.cloudevents, cloudevents-api"
    })
    void a_pin_is_newer_than_what_the_platform_brings(String property, String group, String artifact) throws Exception {
        String pom = Files.readString(Path.of("pom.xml"));
        String pinned = found(pom, "<" + property + ">([^<]+)<");
        String platform = found(pom, "<quarkus.platform.version>([^<]+)<");

        String theirs = found(
                Files.readString(
                        repository().resolve("io/quarkus/quarkus-bom/%1$s/quarkus-bom-%1$s.pom".formatted(platform))),
                "<groupId>%s</groupId>\\s*<artifactId>%s</artifactId>\\s*<version>([^<]+)<"
                        .formatted(Pattern.quote(group), Pattern.quote(artifact)));

        assertThat(new ComparableVersion(theirs))
                .as("the platform has %s %s itself: take %s out of pom.xml", artifact, theirs, property)
                .isLessThan(new ComparableVersion(pinned));
    }

    /** Maven's local repository, where this class path comes from. */
    private static Path repository() throws Exception {
        Path jar = Path.of(ByteBuf.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        // io/netty/netty-buffer/<version>/<jar>
        return jar.getParent().getParent().getParent().getParent().getParent();
    }

    private static String found(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }
}
