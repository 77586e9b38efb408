package io.eventuali.security;

import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** Origins that CORS lets in, as Quarkus reads them: names, {@code *}, or expressions between slashes. */
final class CorsOrigins {
    /** Origins that belong to nobody who would be let in on purpose: an expression that takes one of them takes others, too. */
    private static final List<String> STRANGERS = List.of(
            "null",
            "https://stranger.invalid",
            "http://stranger.invalid",
            "https://stranger.invalid:8443",
            "https://x-7f3a9c.com",
            "https://x-7f3a9c.net",
            "https://x-7f3a9c.org",
            "https://x-7f3a9c.io",
            "https://x-7f3a9c.dev",
            "https://x-7f3a9c.app",
            "https://x-7f3a9c.de",
            "https://x-7f3a9c.co.uk",
            "https://app.x-7f3a9c.com",
            "http://x-7f3a9c.com",
            "http://x-7f3a9c.com:8080",
            "https://203.0.113.77",
            "http://203.0.113.77",
            "https://a-very-long-name-of-nobody-in-particular-x7f3a9c.example.net",
            "chrome-extension://x7f3a9c");

    /** A domain that an expression names; {@code \\.} was made a dot before. */
    private static final Pattern DOMAIN = Pattern.compile("[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+");
    /** Its last two labels. */
    private static final Pattern REGISTERED = Pattern.compile("[^.]+\\.[^.]+$");

    private CorsOrigins() {}

    /** What is wrong with a list of origins, with the remedy; empty if it names those that may come in. */
    static Optional<String> complaint(List<String> origins) {
        return origins.stream()
                .map(String::trim)
                .filter(CorsOrigins::letsStrangersIn)
                .findFirst()
                .map(origin -> ("quarkus.http.cors.origins=%s lets every web page in, or those of strangers;"
                                + " list the origins, such as https://app.example.com")
                        .formatted(origin));
    }

    /** Domains of strangers that begin or end as one that the expression names: an expression is not anchored at dots by itself. */
    private static Stream<String> neighbours(String expression) {
        return DOMAIN.matcher(expression.replace("\\", ""))
                .results()
                .map(MatchResult::group)
                .flatMap(domain -> {
                    Matcher end = REGISTERED.matcher(domain);
                    String registered = end.find() ? end.group() : domain;
                    return Stream.of(
                            "https://evil" + registered,
                            "https://evil-" + registered,
                            "http://evil" + registered,
                            "https://" + domain + ".evil.example",
                            "https://" + domain + "evil.example");
                });
    }

    private static boolean letsStrangersIn(String origin) {
        if (origin.equals("*") || origin.equals("null")) {
            return true;
        }
        if (!origin.startsWith("/") || !origin.endsWith("/") || origin.length() < 2) {
            return false;
        }
        try {
            Pattern expression = Pattern.compile(origin.substring(1, origin.length() - 1));
            return Stream.concat(STRANGERS.stream(), neighbours(expression.pattern()))
                    .anyMatch(stranger -> expression.matcher(stranger).matches());
        } catch (PatternSyntaxException malformed) {
            // Quarkus does not start with it.
            return false;
        }
    }
}
