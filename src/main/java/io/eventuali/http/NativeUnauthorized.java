package io.eventuali.http;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import io.quarkiverse.resteasy.problem.HttpProblem;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;

/**
 * Stands in a native executable for a method of the library for problem documents, which reads fields that this version of Quarkus does not
 * have: a native build stops there. Nothing calls it, since {@link UnauthorizedMappers} answers first. It can go with a version of the library
 * that fits Quarkus 3.33; {@code LinkageIT} then says that the gap is closed.
 */
@TargetClass(className = "io.quarkiverse.resteasy.problem.security.HttpUnauthorizedUtils")
final class NativeUnauthorized {
    private NativeUnauthorized() {}

    @Substitute
    static Uni<HttpProblem> toProblem(RoutingContext request, Exception failure) {
        return Uni.createFrom().item(Problems.unauthorized(failure.getMessage()));
    }
}
