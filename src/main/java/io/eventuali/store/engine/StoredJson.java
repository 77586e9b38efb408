package io.eventuali.store.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.eventuali.event.StrictJson;
import java.io.IOException;

/** JSON that is in the log, where an older one may hold what the rules refuse today. */
public final class StoredJson {
    private static final int DEPTH = 1_000;
    private static final JsonFactory LENIENT = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private StoredJson() {}

    /** Whether it is one well-formed value. */
    public static boolean isWellFormed(String text) {
        if (StrictJson.violation(text, DEPTH).isEmpty()) {
            return true;
        }
        try (JsonParser parser = LENIENT.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException malformed) {
            return false;
        }
    }

    /** Whether it is one well-formed object. */
    public static boolean isObject(String text) {
        return text.stripLeading().startsWith("{") && isWellFormed(text);
    }
}
