package io.eventuali.security;

import io.eventuali.event.InvalidEventException;
import io.eventuali.stream.NamePattern;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Paths that need no credentials, and paths of the application around the service. No pattern for them reaches a path of the API; one
 * for public paths may name single endpoints below {@code /q}.
 */
final class ExemptPaths {
    private static final String KEY = "eventuali.security.";
    private static final String API = "/v1";
    private static final String MANAGEMENT = "/q";
    /** One endpoint, written out, with whatever is below it. */
    private static final Pattern ENDPOINT = Pattern.compile("/q/[^*/]+(/.*)?");
    /** Spellings that a router reads as another path: encoded characters, parameters, empty parts and steps upwards. */
    private static final Pattern OTHER_SPELLING = Pattern.compile(".*([%;\\\\]|//|/\\.{1,2}(/|$)).*", Pattern.DOTALL);

    /** Nothing. */
    static final ExemptPaths NONE = new ExemptPaths(List.of());

    private final List<NamePattern> patterns;

    private ExemptPaths(List<NamePattern> patterns) {
        this.patterns = patterns;
    }

    /**
     * Reads the patterns of both settings.
     *
     * @throws ConfigurationException if one of them is malformed, or would open a path that has a rule
     */
    static ExemptPaths of(List<String> publicPaths, List<String> applicationPaths) {
        List<NamePattern> patterns = Stream.concat(
                        patterns("public-paths", publicPaths), patterns("application-paths", applicationPaths))
                .toList();
        check(
                "public-paths",
                publicPaths,
                path -> reaches(path, API)
                        || reaches(path, MANAGEMENT) && !ENDPOINT.matcher(path).matches(),
                "name single endpoints, such as /q/metrics, and paths of the application");
        check(
                "application-paths",
                applicationPaths,
                path -> reaches(path, API) || reaches(path, MANAGEMENT),
                "name the paths of the application alone, such as /shop/*");
        return new ExemptPaths(patterns);
    }

    private static void check(String key, List<String> paths, Predicate<String> opensTooMuch, String remedy) {
        paths.stream().filter(opensTooMuch).findFirst().ifPresent(path -> {
            throw new ConfigurationException(
                    "%s%s has %s, which would open paths of Eventuali that need credentials; %s"
                            .formatted(KEY, key, path, remedy));
        });
    }

    private static Stream<NamePattern> patterns(String key, List<String> texts) {
        try {
            return texts.stream().map(NamePattern::of).toList().stream();
        } catch (InvalidEventException invalid) {
            throw new ConfigurationException(KEY + key + " has a pattern that " + invalid.rule());
        }
    }

    /** Whether a pattern matches the root itself or a path below it: its star, if it has one, stands for anything. */
    private static boolean reaches(String pattern, String root) {
        String below = root + "/";
        int star = pattern.indexOf('*');
        if (star < 0) {
            return pattern.equals(root) || pattern.startsWith(below);
        }
        String start = pattern.substring(0, star);
        return below.startsWith(start) || start.startsWith(below);
    }

    /** Whether a path is one of them. Another spelling of such a path is not. */
    boolean contains(String path) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(path))
                && !OTHER_SPELLING.matcher(path).matches();
    }
}
