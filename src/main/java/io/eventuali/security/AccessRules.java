package io.eventuali.security;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which roles a request needs, by its method and path as they were sent. What no rule names, nobody may do: a new path has to be
 * written down here first. A path is taken literally, so that another spelling of it falls under no rule rather than a wrong one.
 */
final class AccessRules {
    private static final Set<Role> ANYBODY = EnumSet.allOf(Role.class);
    private static final Set<Role> PUBLISHERS = EnumSet.of(Role.PUBLISHER);
    private static final Set<Role> SUBSCRIBERS = EnumSet.of(Role.SUBSCRIBER);
    private static final Set<Role> OPERATORS = EnumSet.of(Role.OPERATOR);
    private static final Set<Role> WATCHERS = EnumSet.of(Role.SUBSCRIBER, Role.OPERATOR);
    private static final String ONE = "*";
    private static final String REST = "**";
    /** A step to the same or the upper level, which the router takes before it looks for a resource. */
    private static final Pattern DOTS = Pattern.compile("(?i)(\\.|%2e){1,2}");

    /** A pattern has {@code *} for one part of a path, and {@code **}, at its end, for any number of them. */
    private static final List<Rule> RULES = List.of(
            rule("POST", "/v1/streams/*/*/events", PUBLISHERS, Scope.EVENTS),
            rule("GET", "/v1/streams/*/*/events", SUBSCRIBERS, Scope.EVENTS),
            rule("POST", "/v1/events", PUBLISHERS, Scope.EVENTS),
            rule("GET", "/v1/events", SUBSCRIBERS, Scope.EVENTS),
            rule("GET", "/v1/events/*", SUBSCRIBERS, Scope.EVENTS),
            rule("GET", "/v1/streams", SUBSCRIBERS, Scope.EVENTS),
            rule("GET", "/v1/event-types", SUBSCRIBERS, Scope.EVENTS),
            rule("GET", "/v1/position", ANYBODY, Scope.NONE),
            rule("POST", "/v1/tickets", ANYBODY, Scope.NONE),
            rule("GET", "/v1/subscriptions", OPERATORS, Scope.NONE),
            rule("DELETE", "/v1/subscriptions/*", OPERATORS, Scope.NONE),
            rule("GET", "/v1/log", OPERATORS, Scope.NONE),
            rule("GET", "/v1/log/incidents", OPERATORS, Scope.NONE),
            rule("POST", "/v1/log/damages/*/skip", OPERATORS, Scope.NONE),
            rule("POST", "/v1/log/verify", OPERATORS, Scope.NONE),
            rule("GET", "/v1/log/verify", OPERATORS, Scope.NONE),
            rule("GET", "/v1/log/verify/stream", OPERATORS, Scope.NONE),
            rule("GET", "/v1/kafka/out", OPERATORS, Scope.NONE),
            rule("POST", "/v1/kafka/out/resume", OPERATORS, Scope.NONE),
            rule("GET", "/v1/tasks", OPERATORS, Scope.NONE),
            rule("GET", "/v1/consumers", WATCHERS, Scope.NONE),
            rule("GET", "/v1/consumers/*", WATCHERS, Scope.NONE),
            rule("GET", "/v1/consumers/*/history", WATCHERS, Scope.NONE),
            rule("GET", "/v1/consumers/*/dead-letters", OPERATORS, Scope.NONE),
            rule("PUT", "/v1/consumers/*", OPERATORS, Scope.NONE),
            rule("DELETE", "/v1/consumers/*", OPERATORS, Scope.NONE),
            // What a claim gets has to be granted: its handler holds the consumer's filter against the grant.
            rule("POST", "/v1/consumers/*/claim", SUBSCRIBERS, Scope.EVENTS),
            rule("POST", "/v1/consumers/*/settle", SUBSCRIBERS, Scope.EVENTS),
            rule("GET", "/v1/consumers/*/stream", SUBSCRIBERS, Scope.EVENTS),
            rule("POST", "/v1/consumers/*/**", OPERATORS, Scope.NONE),
            rule("GET", "/v1/projections", WATCHERS, Scope.NONE),
            rule("GET", "/v1/projections/*", WATCHERS, Scope.PROJECTION),
            rule("GET", "/v1/projections/*/state", SUBSCRIBERS, Scope.PROJECTION),
            rule("GET", "/v1/projections/*/state/*", SUBSCRIBERS, Scope.PROJECTION),
            rule("GET", "/v1/projections/*/stream", SUBSCRIBERS, Scope.PROJECTION),
            rule("GET", "/v1/projections/*/dead-letters/**", OPERATORS, Scope.PROJECTION),
            rule("GET", "/v1/projections/*/history", WATCHERS, Scope.PROJECTION),
            rule("GET", "/v1/projections/*/rebuild/**", WATCHERS, Scope.PROJECTION),
            rule("DELETE", "/v1/projections/*/rebuild", OPERATORS, Scope.PROJECTION),
            rule("POST", "/v1/projections/*/**", OPERATORS, Scope.PROJECTION),
            rule("GET", "/v1/sagas", WATCHERS, Scope.ALL_EVENTS),
            rule("GET", "/v1/sagas/*/**", WATCHERS, Scope.SAGA),
            rule("POST", "/v1/sagas/*", PUBLISHERS, Scope.SAGA),
            rule("POST", "/v1/sagas/*/*/**", OPERATORS, Scope.SAGA),
            rule("GET", "/q/health", ANYBODY, Scope.NONE),
            rule("GET", "/q/health/*", ANYBODY, Scope.NONE),
            rule("GET", "/q/health/group/*", ANYBODY, Scope.NONE),
            rule("GET", "/q/openapi/**", ANYBODY, Scope.NONE),
            rule("GET", "/q/asyncapi/**", ANYBODY, Scope.NONE),
            rule("GET", "/q/metrics/**", OPERATORS, Scope.NONE));

    /** What follows {@code /v1/} in paths of the API. */
    static final Set<String> NAMES = RULES.stream()
            .map(Rule::parts)
            .filter(parts -> parts.get(0).equals("v1"))
            .map(parts -> parts.get(1))
            .collect(Collectors.toUnmodifiableSet());

    private AccessRules() {}

    /** The rule for a request; empty if there is none. */
    static Optional<Rule> of(String method, String path) {
        String verb = method.equals("HEAD") ? "GET" : method;
        List<String> segments = segments(path);
        for (Rule rule : RULES) {
            if (rule.method().equals(verb) && rule.matches(segments)) {
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }

    /** The parts of a path between its slashes, as they were sent. */
    static List<String> segments(String path) {
        return List.of(path.substring(Math.min(1, path.length())).split("/", -1));
    }

    /** What of the grant a request is held against before it is handled, besides what its handler does with the grant. */
    enum Scope {
        /** Nothing. */
        NONE,
        /** The grant must not be empty. */
        EVENTS,
        /** The third part of the path names a projection that the grant must accept. */
        PROJECTION,
        /** The third part of the path names a type of sagas; their progress is events, which the grant must accept. */
        SAGA,
        /** The grant must accept everything. */
        ALL_EVENTS
    }

    private static Rule rule(String method, String pattern, Set<Role> roles, Scope scope) {
        List<String> parts = segments(pattern);
        boolean open = parts.get(parts.size() - 1).equals(REST);
        return new Rule(method, open ? parts.subList(0, parts.size() - 1) : parts, open, roles, scope);
    }

    /**
     * A rule.
     *
     * @param method of HTTP
     * @param parts of the path; {@code *} stands for any
     * @param open whether more parts may follow
     * @param roles of which one is enough
     * @param scope what the grant has to do with it
     */
    record Rule(String method, List<String> parts, boolean open, Set<Role> roles, Scope scope) {
        /** Whether it is an act that has to be accounted for. */
        boolean isOperatorAct() {
            return roles.equals(OPERATORS) && !method.equals("GET");
        }

        boolean matches(List<String> path) {
            if (open ? path.size() < parts.size() : path.size() != parts.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                String part = i < parts.size() ? parts.get(i) : ONE;
                if (part.equals(ONE) ? !isName(path.get(i)) : !part.equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }

        /** What routers read as something else than a name: nothing, parameters, steps upwards. */
        private static boolean isName(String part) {
            return !part.isEmpty()
                    && part.indexOf(';') < 0
                    && !DOTS.matcher(part).matches();
        }
    }
}
