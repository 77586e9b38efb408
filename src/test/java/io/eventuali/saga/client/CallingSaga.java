package io.eventuali.saga.client;

import io.eventuali.saga.SagaHandler;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.net.URI;
import org.eclipse.microprofile.rest.client.RestClientBuilder;
import org.eclipse.microprofile.rest.client.annotation.RegisterProvider;
import org.eclipse.microprofile.rest.client.inject.RegisterRestClient;

/** Calls a service through a REST client in every way that there is; the last step is refused. */
@ApplicationScoped
public class CallingSaga extends SagaHandler<CallingSaga.Target> {

    /** Where the service is. */
    public record Target(String uri) {}

    /** The service. */
    @Path("/")
    @RegisterRestClient
    @RegisterProvider(StepHeaders.class)
    public interface Service {
        @POST
        @Path("{operation}")
        void call(@PathParam("operation") String operation);

        @POST
        @Path("{operation}")
        Uni<String> ask(@PathParam("operation") String operation);

        @POST
        @Path("{operation}")
        void callIn(@HeaderParam("traceparent") String trace, @PathParam("operation") String operation);

        static Service at(String uri) {
            return RestClientBuilder.newBuilder().baseUri(URI.create(uri)).build(Service.class);
        }
    }

    CallingSaga() {
        super("calling", Target.class);
        startsOn("CallWanted", Target.class, target -> target);
        step("blocking", (target, context) -> {
                    Service.at(target.uri()).call("blocking");
                    return null;
                })
                .compensate((target, context) -> Service.at(target.uri()).call("undo-blocking"));
        stepAsync("chained", (target, context) -> Service.at(target.uri())
                .ask("first")
                .chain(() -> Service.at(target.uri()).ask("second"))
                .replaceWith((Target) null));
        step("refused", (target, context) -> {
            Service.at(target.uri()).call(RecordingService.REFUSED);
            return null;
        });
    }
}
