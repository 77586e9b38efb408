package io.eventuali.http;

import io.eventuali.event.ExpectedPosition;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code If-Match: "7"} (the stream must be at 7) and {@code If-None-Match: *} (it must not exist).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-preconditions">RFC 9110, Preconditions</a>
 */
final class Preconditions {
    private static final Pattern ETAG = Pattern.compile("\"(0|[1-9][0-9]{0,17})\"");

    private Preconditions() {}

    static ExpectedPosition expected(HttpHeaders headers) {
        String match = single(headers, HttpHeaders.IF_MATCH);
        String noneMatch = single(headers, HttpHeaders.IF_NONE_MATCH);
        if (match != null && noneMatch != null) {
            throw Problems.invalid(HttpHeaders.IF_MATCH, "must not come together with If-None-Match");
        }
        if (noneMatch != null) {
            if (!noneMatch.equals("*")) {
                throw Problems.invalid(HttpHeaders.IF_NONE_MATCH, "must be * (the stream must not exist)");
            }
            return ExpectedPosition.EMPTY;
        }
        if (match == null) {
            return ExpectedPosition.ANY;
        }
        Matcher etag = ETAG.matcher(match);
        if (!etag.matches()) {
            throw Problems.invalid(HttpHeaders.IF_MATCH, "must be one stream position in quotes, such as \"7\"");
        }
        return ExpectedPosition.at(Long.parseLong(etag.group(1)));
    }

    /** The one value of a header, or null. */
    static String single(HttpHeaders headers, String name) {
        List<String> values = headers.getRequestHeader(name);
        if (values.size() > 1) {
            throw Problems.invalid(name, "must occur once");
        }
        return values.isEmpty() ? null : values.get(0).trim();
    }
}
