package io.eventuali.http;

import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;

/**
 * What a client takes for an answer. The framework looks at that by itself where a path has one method of a kind; where it chooses among
 * several, it takes one of them in any case.
 */
final class Accepted {
    private Accepted() {}

    /** @throws NotAcceptableException if the client takes no JSON, under whatever name */
    static void requireJson(HttpHeaders headers) {
        if (headers.getAcceptableMediaTypes().stream().noneMatch(Accepted::isJson)) {
            throw new NotAcceptableException();
        }
    }

    private static boolean isJson(MediaType type) {
        return MediaType.APPLICATION_JSON_TYPE.isCompatible(type)
                || type.getSubtype().endsWith("+json");
    }
}
