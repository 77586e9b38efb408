package io.eventuali.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.Tool;
import jakarta.annotation.Nonnull;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The clients that a generator makes of the OpenAPI document compile as they come, and work against the service. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class GeneratedClientsIT {
    private static final Path PROGRAMS = Path.of("src/test/clients");

    private static DatabaseServer database;
    private static Replica replica;

    @BeforeAll
    static void start() {
        database = new DatabaseServer();
        replica = Replica.start(database);
    }

    @AfterAll
    static void stop() {
        replica.close();
        database.close();
    }

    @Test
    void java() throws IOException {
        Path generated = generate(
                "java",
                Path.of("target/clients/java"),
                "--library=native",
                "--additional-properties=openApiNullable=false,useJakartaEe=true",
                "--invoker-package=io.eventuali.client",
                "--api-package=io.eventuali.client.api",
                "--model-package=io.eventuali.client.model");
        String libraries = libraries();
        Path classes = Files.createDirectories(generated.resolve("classes"));
        List<String> arguments = new ArrayList<>(List.of("-nowarn", "-cp", libraries, "-d", classes.toString()));
        try (Stream<Path> sources = Files.walk(generated.resolve("src/main/java"))) {
            sources.map(Path::toString).filter(path -> path.endsWith(".java")).forEach(arguments::add);
        }
        assertThat(ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(System.out, System.err, arguments.toArray(String[]::new)))
                .isZero();

        String output = Tool.run(
                Path.of("."),
                Tool.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes + File.pathSeparator + libraries,
                PROGRAMS.resolve("java/UseClient.java").toString(),
                replica.uri("").toString(),
                "GeneratedJava");

        assertThat(output).isEqualTo(expected());
    }

    @Test
    void typescript() throws IOException {
        Path directory = Files.createDirectories(Tool.nodePackages().resolve("client"));
        generate("typescript-fetch", directory.resolve("client"), "--additional-properties=importFileExtension=.js");
        for (String file : List.of("use-client.ts", "package.json", "tsconfig.json")) {
            Files.write(
                    directory.resolve(file),
                    Files.readAllBytes(PROGRAMS.resolve("ts").resolve(file)));
        }
        Tool.run(directory, "../node_modules/.bin/tsc");

        String output = Tool.run(
                directory, "node", "build/use-client.js", replica.uri("").toString(), "GeneratedTypeScript");

        assertThat(output).isEqualTo(expected());
    }

    private static String expected() {
        return """
            appended, at 2
            read UserRegistered {name=Ada} at 1, next 2
            read UserVerified of CloudEvents 1.0
            refused 412 /problems/version-conflict, expected 1, actual 2
            appended to 2
            registered 2
            """;
    }

    /** What the generated client needs. */
    private static String libraries() {
        return Stream.of(JsonFactory.class, JsonProperty.class, ObjectMapper.class, JavaTimeModule.class, Nonnull.class)
                .map(type ->
                        type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path generate(String generator, Path output, String... options) {
        List<String> command = new ArrayList<>(
                List.of(
                        Tool.java(),
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        Path.of("target/tools/openapi-generator-cli.jar").toString(),
                        "generate",
                        "--generator-name=" + generator,
                        "--input-spec=docs/openapi.yaml",
                        "--output=" + output,
                        "--global-property=apis,models,supportingFiles,apiDocs=false,modelDocs=false,apiTests=false,modelTests=false"));
        command.addAll(List.of(options));
        Tool.run(Path.of("."), command.toArray(String[]::new));
        return output;
    }
}
