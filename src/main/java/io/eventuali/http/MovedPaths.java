package io.eventuali.http;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the service is served. The rules name paths as they are without a prefix; a setting that puts the API or the endpoints below
 * {@code /q} elsewhere takes them out of the rules.
 */
final class MovedPaths {
    private MovedPaths() {}

    /**
     * What is wrong first, with the remedy; empty if everything is where the rules look.
     *
     * @param restPrefix what all resources begin with, by {@code quarkus.rest.path} or {@code @ApplicationPath}
     * @param rootPath of everything
     * @param managementPath of the endpoints that are not the application's, absolute or below the root
     * @param managementPort whether these have a port of their own
     */
    static Optional<String> complaint(
            String restPrefix, String rootPath, String managementPath, boolean managementPort) {
        return Stream.of(
                        when(
                                !isRoot(rootPath),
                                "quarkus.http.root-path=%s moves the API away from its rules; remove it, and let the"
                                        + " proxy in front take the prefix off",
                                rootPath),
                        when(
                                !isRoot(restPrefix),
                                "quarkus.rest.path or @ApplicationPath moves the API to %s/v1, away from its rules;"
                                        + " remove it, and begin the paths of the application's own resources with the"
                                        + " prefix",
                                restPrefix),
                        when(
                                !managementPath.equals("q") && !managementPath.equals("/q"),
                                "quarkus.http.non-application-root-path=%s moves health and metrics away from their"
                                        + " rules; remove it",
                                managementPath),
                        when(
                                managementPort,
                                "quarkus.management.enabled=%s serves health and metrics on a port that has no rules;"
                                        + " remove it. Prometheus may come with the key of an operator, or"
                                        + " eventuali.security.public-paths may name /q/metrics",
                                "true"))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static boolean isRoot(String path) {
        return path.isEmpty() || path.equals("/");
    }

    private static Optional<String> when(boolean moved, String complaint, String value) {
        return moved ? Optional.of(complaint.formatted(value)) : Optional.empty();
    }
}
