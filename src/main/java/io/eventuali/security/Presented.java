package io.eventuali.security;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Whether a request came with something that was meant as a credential, of whichever kind and wherever it was put. */
final class Presented {
    private static final Set<String> NAMES = Set.of(
            HttpHeaders.AUTHORIZATION.toString(),
            HttpHeaders.PROXY_AUTHORIZATION.toString(),
            ApiKeyMechanism.HEADER.toLowerCase(Locale.ROOT),
            "api-key",
            "apikey",
            "x-apikey",
            "x-api-token",
            "x-auth-token",
            "x-access-token");

    private static final Set<String> PARAMETERS =
            Set.of(TicketMechanism.PARAMETER, "access_token", "api_key", "apikey");

    private Presented() {}

    static boolean in(MultiMap headers, MultiMap query) {
        for (Map.Entry<String, String> header : headers) {
            if (NAMES.contains(header.getKey().toLowerCase(Locale.ROOT)) || isOurs(header.getValue())) {
                return true;
            }
        }
        for (Map.Entry<String, String> parameter : query) {
            if (PARAMETERS.contains(parameter.getKey()) || isOurs(parameter.getValue())) {
                return true;
            }
        }
        return false;
    }

    /** What begins so is a key or a ticket, or was made up to be taken for one. */
    private static boolean isOurs(String value) {
        return value.startsWith(ApiKeyMechanism.PREFIX) || value.startsWith(TicketSeal.PREFIX);
    }
}
