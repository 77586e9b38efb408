package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** Programs that are not ours, as processes. */
public final class Tool {
    private static final int OLDEST_NODE = 20;
    private static final Path NODE = Path.of("target", "node");

    private Tool() {}

    /** Runs it to its end, which has to be a success, and returns what it printed. */
    public static String run(Path directory, String... command) {
        return run(directory, Map.of(), command);
    }

    /** The same with more in its environment. */
    public static String run(Path directory, Map<String, String> environment, String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor())
                    .as("%s%n%s", String.join(" ", command), output)
                    .isZero();
            return output;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /**
     * A directory with the npm packages of {@code src/test/node} below {@code node_modules}, installed once a build. Where there is no
     * Node.js that they run on, the test is skipped.
     */
    public static Path nodePackages() {
        assumeTrue(nodeVersion() >= OLDEST_NODE, "needs npm and Node.js " + OLDEST_NODE + " or newer");
        try {
            return BuildDirectory.alone("node", Tool::installNodePackages);
        } catch (Exception failed) {
            throw new IllegalStateException("cannot install the npm packages", failed);
        }
    }

    private static Path installNodePackages() throws IOException {
        Path directory = Files.createDirectories(NODE.toAbsolutePath());
        Path installed = directory.resolve("installed");
        String wanted = Files.readString(Path.of("src/test/node/package-lock.json"));
        if (!Files.exists(installed) || !Files.readString(installed).equals(wanted)) {
            for (String file : List.of("package.json", "package-lock.json")) {
                Files.copy(
                        Path.of("src/test/node", file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
            run(directory, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
            Files.writeString(installed, wanted);
        }
        return directory;
    }

    /** Whether there is such a program, and it ends well. */
    public static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Whether there is such a program. */
    public static boolean exists(String program) {
        try {
            new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return true;
        } catch (IOException missing) {
            return false;
        }
    }

    /** Major version of Node.js; 0 if there is none. */
    private static int nodeVersion() {
        try {
            Process node = new ProcessBuilder("node", "--version").start();
            String version = new String(node.getInputStream().readAllBytes());
            return Integer.parseInt(version.substring(1, version.indexOf('.')));
        } catch (IOException missing) {
            return 0;
        }
    }

    /** The {@code java} that runs the tests. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
