package io.eventuali.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of the pages that everybody begins with do what these say, from the first to the last, on a new service. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DocumentedCommandsIT {
    /** A fenced block with its language, or a command within a line. */
    private static final Pattern COMMANDS =
            Pattern.compile("^```(\\w*)\\n(.*?)^```$|`(curl [^`]*)`", Pattern.MULTILINE | Pattern.DOTALL);

    private static final Pattern STATUS = Pattern.compile("^HTTP/1.1 (\\d{3})|\"status\":(\\d{3})", Pattern.MULTILINE);

    /** Prints the status of each answer after it; a stream, which does not end, is looked at for a moment. */
    private static final String CURL = """
            set -euo pipefail
            curl() {
                local seconds=30
                case " $* " in *" -N "*) seconds=2 ;; esac
                command curl --silent --show-error --max-time "$seconds" --write-out '\\nstatus %{http_code}\\n' "$@" || [ $? = 28 ]
            }
            """;

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/quickstart.md", "docs/guides/cloudevents.md"})
    void every_command_is_answered_as_the_page_says(String page) throws IOException {
        assumeTrue(Tool.exists("bash") && Tool.exists("curl"), "needs bash and curl");
        List<Command> commands = commands(Files.readString(Path.of(page)));
        assertThat(commands).isNotEmpty();
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database)) {
            String address = "localhost:" + replica.port();
            for (Command command : commands) {
                String script = CURL + command.text().replace("localhost:8080", address);

                String output = Tool.run(Path.of("."), "bash", "-c", script);

                assertThat(statuses(output))
                        .as("%s%n%s%n%s", page, command.text(), output)
                        .isNotEmpty()
                        .allMatch(status -> status.matches(command.status()));
            }
        }
    }

    /** What a reader types, and the status that the page shows for it; any success unless it shows one. */
    private record Command(String text, String status) {}

    private static List<Command> commands(String page) {
        List<Command> commands = new ArrayList<>();
        Matcher found = COMMANDS.matcher(page);
        while (found.find()) {
            String language = found.group(1);
            String text = found.group(3) == null ? found.group(2) : found.group(3);
            if ("console".equals(language)) {
                commands.add(transcript(text));
            } else if ((language == null || language.equals("sh")) && onlyCurl(text)) {
                commands.add(new Command(text, "2.."));
            }
        }
        return commands;
    }

    /** A command after a dollar sign, in several lines if these end in a backslash, and what it prints. */
    private static Command transcript(String text) {
        int end = text.indexOf('\n');
        while (text.charAt(end - 1) == '\\') {
            end = text.indexOf('\n', end + 1);
        }
        assertThat(text).startsWith("$ curl ");
        Matcher shown = STATUS.matcher(text.substring(end));
        String status = shown.find() ? (shown.group(1) == null ? shown.group(2) : shown.group(1)) : "2..";
        return new Command(text.substring(2, end), status);
    }

    private static boolean onlyCurl(String script) {
        return script.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#") && !line.startsWith(" "))
                .allMatch(line -> line.startsWith("curl "));
    }

    private static List<String> statuses(String output) {
        return Pattern.compile("^status (\\d{3})$", Pattern.MULTILINE)
                .matcher(output)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }
}
