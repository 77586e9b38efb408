package io.eventuali.security;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * A file of keys. It is taken as a whole or not at all: without its last line, {@value #END}, it was cut off or is still being written,
 * and a client could have lost the lines that restrict it.
 */
final class KeysFile {
    static final String END = "# end";
    private static final int MAX_BYTES = 1 << 20;

    private KeysFile() {}

    /**
     * Its text.
     *
     * @throws IOException if it cannot be read, is larger than 1 MiB, or is not UTF-8
     */
    static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it is larger than 1 MiB");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }

    /**
     * The keys in it.
     *
     * @param place names the file in complaints
     * @throws ConfigurationException if it has no end, or a mistake
     */
    static List<ApiKey> parse(String place, String text) {
        return KeySettings.of(place, properties(place, beforeEnd(place, text)));
    }

    private static String beforeEnd(String place, String text) {
        String trimmed = text.stripTrailing();
        int lastLine = trimmed.lastIndexOf('\n') + 1;
        if (!trimmed.substring(lastLine).strip().equals(END)) {
            throw new ConfigurationException(
                    "%s was cut off, or is still being written: its last line must be \"%s\"".formatted(place, END));
        }
        String before = trimmed.substring(0, lastLine);
        // Cut off in the middle of such a line, the file would seem to end there.
        if (before.lines().map(String::strip).anyMatch(line -> line.startsWith(END))) {
            throw new ConfigurationException(
                    "%s has a line that begins with \"%s\" and is not its last".formatted(place, END));
        }
        return before;
    }

    private static Properties properties(String place, String text) {
        Properties properties = new OnceEach(place);
        try {
            properties.load(new StringReader(text));
        } catch (IOException | IllegalArgumentException malformed) {
            throw new ConfigurationException(place + " is not a properties file");
        }
        return properties;
    }

    /** Of two lines about the same, the last one would win: a second {@code roles} further down would go unseen. */
    private static final class OnceEach extends Properties {
        private static final long serialVersionUID = 1L;

        private final String place;

        OnceEach(String place) {
            this.place = place;
        }

        @Override
        public synchronized Object put(Object setting, Object value) {
            if (super.put(setting, value) != null) {
                throw new ConfigurationException("%s has %s twice".formatted(place, setting));
            }
            return null;
        }
    }
}
