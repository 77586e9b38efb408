package io.eventuali.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The keys file of {@link Secured}: one client, {@value #CLIENT}, whose lines a test changes while the service runs. */
final class ChangingKeys {
    static final String CLIENT = "changing";
    static final Path FILE = Path.of("target", "secured-keys.properties").toAbsolutePath();

    private ChangingKeys() {}

    /** Sets the client to these lines, without its name before them; its hash is added. No line: there is no such client. */
    static void set(String... lines) {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            text.append(CLIENT).append('.').append(line).append('\n');
        }
        if (lines.length > 0) {
            text.append(CLIENT)
                    .append(".sha256=")
                    .append(TestKeys.hash(TestKeys.key(CLIENT)))
                    .append('\n');
        }
        write(text + KeysFile.END + "\n");
    }

    /** Puts this text in the file's place, whole. */
    static void write(String text) {
        try {
            Path fresh = Files.writeString(FILE.resolveSibling("secured-keys.new"), text);
            Files.move(fresh, FILE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }
}
