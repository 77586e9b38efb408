package com.example.shop;

import io.eventuali.store.EventStoreException;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** How the shop tells what went wrong: as problem documents, which are what Eventuali's own answers are. */
class Failures {
    private static final int UNPROCESSABLE = 422;

    @ServerExceptionMapper
    Response refused(Refusal refusal) {
        return problem(UNPROCESSABLE, "about:blank", "The shop does not do this", refusal.getMessage());
    }

    /** Another decision came first. */
    @ServerExceptionMapper
    Response conflict(EventStoreException.VersionConflict conflict) {
        return problem(412, "/problems/version-conflict", "Somebody else was faster", conflict.getMessage());
    }

    @ServerExceptionMapper
    Response busy(EventStoreException.Overloaded overloaded) {
        return problem(429, "/problems/overloaded", "The shop is overloaded", overloaded.getMessage());
    }

    private static Response problem(int status, String type, String title, String detail) {
        return Response.status(status)
                .type("application/problem+json")
                .entity(Map.of("type", type, "title", title, "status", status, "detail", detail))
                .build();
    }
}
