package io.eventuali.saga.client;

import io.eventuali.saga.SagaHandler;
import jakarta.enterprise.context.ApplicationScoped;

/** Its only step makes a request that says itself of which trace it is. */
@ApplicationScoped
public class ForeignTraceSaga extends SagaHandler<CallingSaga.Target> {
    /** That trace. */
    static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    ForeignTraceSaga() {
        super("foreign-trace", CallingSaga.Target.class);
        step("call", (target, context) -> {
            CallingSaga.Service.at(target.uri()).callIn(TRACE, "foreign");
            return null;
        });
    }
}
