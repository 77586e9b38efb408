package io.eventuali.http;

import io.eventuali.security.OwnPaths;
import io.eventuali.security.SecurityMode;
import io.quarkus.arc.Arc;
import io.quarkus.arc.ManagedContext;
import io.smallrye.health.SmallRyeHealth;
import io.smallrye.health.SmallRyeHealthReporter;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.MutinyHelper;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Health for those who are not operators: up or down. Names of projections, failures and positions are in the full answer, which is
 * Quarkus' own and follows for operators, and where security is off. The health of an application is the application's to tell.
 */
@Singleton
class HealthAnswers {
    private static final String HEALTH = "/q/health";
    private static final String GROUP = HEALTH + "/group/";
    /** After the rules, before the framework's own handlers. */
    private static final int AFTER_RULES = -10;

    private final SecurityMode mode;
    private final OwnPaths paths;
    private final SmallRyeHealthReporter reporter;
    private final Map<String, Supplier<Uni<SmallRyeHealth>>> kinds;

    HealthAnswers(SecurityMode mode, OwnPaths paths, SmallRyeHealthReporter reporter) {
        this.mode = mode;
        this.paths = paths;
        this.reporter = reporter;
        this.kinds = Map.of(
                HEALTH,
                reporter::getHealthAsync,
                HEALTH + "/live",
                reporter::getLivenessAsync,
                HEALTH + "/ready",
                reporter::getReadinessAsync,
                HEALTH + "/started",
                reporter::getStartupAsync,
                HEALTH + "/well",
                reporter::getWellnessAsync);
    }

    void register(@Observes Router router) {
        if (paths.areAll()) {
            router.route(HEALTH + "*").order(AFTER_RULES).handler(this::answer);
        }
    }

    private void answer(RoutingContext request) {
        boolean inDetail = mode.isForOperator(request);
        if (inDetail && !isCurl(request)) {
            request.next();
            return;
        }
        String path = paths.unprefixed(request.request().path());
        Supplier<Uni<SmallRyeHealth>> kind = kinds.get(path);
        if (kind != null) {
            look(kind.get(), inDetail, request);
        } else if (path.startsWith(GROUP)) {
            look(reporter.getHealthGroupAsync(path.substring(GROUP.length())), inDetail, request);
        } else if (inDetail) {
            request.next();
        } else {
            EarlyRefusals.send(request, Problems.forbidden("health in detail is for operators"));
        }
    }

    /** Checks of the application may want the request scope, as they have it from the framework. */
    private void look(Uni<SmallRyeHealth> check, boolean inDetail, RoutingContext request) {
        ManagedContext scope = Arc.container().requestContext();
        if (!scope.isActive()) {
            scope.activate();
        }
        check.emitOn(MutinyHelper.executor(Vertx.currentContext()))
                .onTermination()
                .invoke(scope::terminate)
                .subscribe()
                .with(health -> send(health, inDetail, request), request::fail);
    }

    private void send(SmallRyeHealth health, boolean inDetail, RoutingContext request) {
        String body = inDetail
                ? detail(health)
                : health.isDown() ? "{\"status\":\"DOWN\",\"checks\":[]}" : "{\"status\":\"UP\",\"checks\":[]}";
        request.response()
                .setStatusCode(health.isDown() ? 503 : 200)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=UTF-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(isCurl(request) ? body + "\n" : body);
    }

    private String detail(SmallRyeHealth health) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        reporter.reportHealth(json, health);
        return json.toString(StandardCharsets.UTF_8).strip();
    }

    /** A terminal shows its prompt behind an answer that does not end its line, as that of the framework does not. */
    private static boolean isCurl(RoutingContext request) {
        return JsonAnswers.isCurl(request.request().getHeader(HttpHeaders.USER_AGENT));
    }
}
