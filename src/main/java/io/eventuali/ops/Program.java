package io.eventuali.ops;

import io.eventuali.verify.VerifyCommand;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.List;

/**
 * The program: the service, or the command that its first argument names. It has a name, by which the build of the service chooses it: an
 * application that uses Eventuali as a library keeps its own.
 */
@QuarkusMain(name = "eventuali")
public final class Program {
    private static final String USAGE = """
            Runs the Eventuali service. Settings are given by environment variables, -D options in front of -jar (behind the name of the native
            executable), or a file config/application.properties.

            Commands:
              check http://host[:port]   append an event to a running service and wait until it arrives on a stream; a key is in EVENTUALI_API_KEY
              verify [from [to]]        recount the log, or the part of it after from up to to; needs the database (EVENTUALI_DATABASE_URL) and no service
              help                       print this
            """;

    private Program() {}

    /** Runs until the service is told to stop, or the command is done. */
    public static void main(String... arguments) {
        if (arguments.length == 0) {
            Quarkus.run();
        } else {
            System.exit(run(arguments[0], Arrays.asList(arguments).subList(1, arguments.length)));
        }
    }

    private static int run(String command, List<String> arguments) {
        return switch (command) {
            case "check" -> InstallationCheck.run(arguments);
            case "verify" -> VerifyCommand.run(arguments);
            case "help", "--help", "-h" -> {
                System.out.print(USAGE);
                yield 0;
            }
            default -> {
                System.err.println("there is no command " + command);
                System.err.print(USAGE);
                yield 2;
            }
        };
    }
}
