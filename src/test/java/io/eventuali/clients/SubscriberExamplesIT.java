package io.eventuali.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.ServedOpenApi;
import io.eventuali.support.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The subscribers of {@code examples} print every event once, in order, though the service is killed under them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SubscriberExamplesIT {
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
    void the_java_subscriber_resumes_where_it_was() throws Exception {
        Path source = Path.of("examples/subscriber-java/Subscriber.java");

        resumes("subscriber-java", Tool.java(), source.toAbsolutePath().toString());
    }

    @Test
    void the_typescript_subscriber_resumes_where_it_was() throws Exception {
        Path directory = Tool.nodePackages().resolve("subscriber");
        Files.createDirectories(directory);
        for (String file : List.of("subscriber.ts", "main.ts", "package.json", "tsconfig.json")) {
            Files.write(directory.resolve(file), Files.readAllBytes(Path.of("examples/subscriber-ts", file)));
        }
        Tool.run(directory, "../node_modules/.bin/tsc");

        resumes("subscriber-ts", "node", directory.resolve("build/main.js").toString());
    }

    @Test
    void the_page_of_the_security_guide_comes_back_after_a_restart() throws Exception {
        Matcher snippet = Pattern.compile("```js\\n(async function follow.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/security.md")));
        assertThat(snippet.find()).isTrue();
        Path page = Tool.nodePackages().resolve("security-page.mjs");
        Files.writeString(
                page,
                """
                    import { EventSource as Source } from "eventsource";
                    const address = new URL(process.argv[2]);
                    const browserFetch = fetch;
                    globalThis.fetch = (path, options) => browserFetch(new URL(path, address), options);
                    globalThis.EventSource = class extends Source { constructor(path) { super(new URL(path, address)); } };
                    const token = async () => "none is needed where security is off";
                    const show = (event) => console.log(event.globalPosition + " shown");
                    """ + snippet.group(1).replace("eventType=Order*", "aggregateType=security-page") + "follow();\n");

        resumes("security-page", "node", page.toString());
    }

    private static void resumes(String name, String... program) throws Exception {
        Path output = Path.of("target", name + ".out");
        String stream = replica.uri("/v1/events/stream?aggregateType=" + name + "&from=start")
                .toString();
        Process subscriber = new ProcessBuilder(Stream.concat(List.of(program).stream(), List.of(stream).stream())
                        .toList())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            long first = append(name, 5);
            await().atMost(Duration.ofMinutes(1)).until(() -> ids(output).contains(first));
            replica.kill();
            replica.restart();
            long last = append(name, 5);
            await().atMost(Duration.ofMinutes(1)).until(() -> ids(output).contains(last));

            assertThat(ids(output))
                    .containsExactlyElementsOf(LongStream.concat(
                                    LongStream.rangeClosed(first - 4, first), LongStream.rangeClosed(last - 4, last))
                            .boxed()
                            .toList());
        } finally {
            subscriber.destroyForcibly().waitFor();
        }
    }

    /** Appends so many events and returns the position of the last one. */
    private static long append(String aggregateType, int count) throws IOException, InterruptedException {
        String events = "[" + String.join(",", Collections.nCopies(count, "{\"eventType\":\"E\",\"data\":1}")) + "]";
        String answer = Replica.HTTP
                .send(
                        HttpRequest.newBuilder(replica.uri("/v1/streams/" + aggregateType + "/a/events"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(events))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        return ServedOpenApi.json(answer).path("lastGlobalPosition").asLong();
    }

    /** Ids of the events printed so far; the last line may be half written. */
    private static List<Long> ids(Path output) {
        try {
            String text = Files.readString(output);
            return text.substring(0, text.lastIndexOf('\n') + 1)
                    .lines()
                    .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
