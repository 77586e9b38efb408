package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DataDirectoryTest {
    @TempDir
    Path directory;

    @Test
    void a_directory_that_does_not_exist_or_is_empty_will_do() {
        assertThat(new DataDirectory(directory.resolve("new")).problem(17)).isEmpty();
        assertThat(new DataDirectory(directory.resolve("new")).problem(17)).isEmpty();
    }

    @Test
    void a_complete_cluster_of_the_same_version_will_do() throws IOException {
        cluster("17\n");

        assertThat(new DataDirectory(directory).problem(17)).isEmpty();
    }

    @Test
    void one_of_another_version_is_named_with_both_versions() throws IOException {
        cluster("15\n");

        assertThat(new DataDirectory(directory).problem(17))
                .hasValueSatisfying(problem -> assertThat(problem).contains("PostgreSQL 15", "PostgreSQL 17"));
    }

    @Test
    void each_part_that_is_missing_is_named() throws IOException {
        for (String part : List.of("PG_VERSION", "postgresql.conf", "global/pg_control")) {
            cluster("17");
            Files.delete(directory.resolve("data").resolve(part));

            assertThat(new DataDirectory(directory).problem(17))
                    .hasValueSatisfying(problem -> assertThat(problem).contains("without " + part));
        }
    }

    @Test
    void permissions_that_the_server_would_refuse_are_told_with_the_remedy() throws IOException {
        cluster("17");
        Files.setPosixFilePermissions(directory.resolve("data"), PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(new DataDirectory(directory).problem(17))
                .hasValueSatisfying(problem -> assertThat(problem).contains("rwxr-xr-x", "chmod 700"));
    }

    @Test
    void one_of_another_user_is_told_with_its_owner() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can give a directory away");
        cluster("17");
        Files.setOwner(
                directory.resolve("data"),
                directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("daemon"));

        assertThat(new DataDirectory(directory).problem(17))
                .hasValueSatisfying(problem -> assertThat(problem).contains("belongs to daemon", "chown"));
    }

    @Test
    void a_place_that_cannot_be_written_to_is_told() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(new DataDirectory(file.resolve("below")).problem(17))
                .hasValueSatisfying(problem ->
                        assertThat(problem).contains("cannot be written to", "eventuali.embedded-postgres.directory"));
    }

    @Test
    void the_last_failure_of_the_server_is_found_in_its_log() throws IOException {
        assertThat(new DataDirectory(directory).lastFailure()).isEmpty();
        Files.writeString(
                directory.resolve("server.log"), "LOG:  a\n1 FATAL:  first\n2 FATAL:  no space left\nLOG:  b\n");

        assertThat(new DataDirectory(directory).lastFailure()).contains("2 FATAL:  no space left");
    }

    private void cluster(String version) throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(data.resolve("global"));
        Files.writeString(data.resolve("PG_VERSION"), version);
        Files.writeString(data.resolve("postgresql.conf"), "");
        Files.writeString(data.resolve("global/pg_control"), "");
    }
}
