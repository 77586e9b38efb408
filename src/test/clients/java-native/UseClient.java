import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.client.ApiClient;
import io.eventuali.client.ApiException;
import io.eventuali.client.api.EventsApi;
import io.eventuali.client.api.ProjectionsApi;
import io.eventuali.client.api.StreamsApi;
import io.eventuali.client.model.AppendResponse;
import io.eventuali.client.model.CloudEvent;
import io.eventuali.client.model.CloudEventStreamPage;
import io.eventuali.client.model.MultiAppend;
import io.eventuali.client.model.MultiAppendResponse;
import io.eventuali.client.model.NewEvent;
import io.eventuali.client.model.Problem;
import io.eventuali.client.model.StreamAppend;
import io.eventuali.client.model.StreamEvent;
import io.eventuali.client.model.StreamPage;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;

/** Uses the client that openapi-generator makes of the OpenAPI document on the JDK's HTTP client, and prints what it was told. */
public final class UseClient {
    public static void main(String[] arguments) throws Exception {
        String type = arguments[1];
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        StreamsApi streams = new StreamsApi(client);

        NewEvent registered = new NewEvent().eventType("UserRegistered").data(Map.of("name", "Ada"));
        NewEvent verified = new NewEvent().eventType("UserVerified").data(true);
        AppendResponse appended =
                streams.appendToStream(type, "user-1", List.of(registered, verified), null, "*", type + "-1");
        System.out.println("appended, at " + appended.getStreamPosition());

        StreamPage page = streams.readStream(type, "user-1", null, 1, "forward", null);
        StreamEvent event = page.getEvents().get(0);
        System.out.println("read " + event.getEventType() + " " + ((Map<?, ?>) event.getData()).get("name") + " at "
                + event.getStreamPosition() + ", next " + page.getNext());

        // What is of another type than the operation's is asked for by hand.
        String cloudEvents = client.getHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(arguments[0] + "/v1/streams/" + type
                                        + "/user-1/events?from=2&limit=1&format=cloudevents"))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        CloudEvent cloudEvent = client.getObjectMapper()
                .readValue(cloudEvents, CloudEventStreamPage.class)
                .getEvents()
                .get(0);
        System.out.println("read " + cloudEvent.getType() + " of CloudEvents " + cloudEvent.getSpecversion());

        try {
            streams.appendToStream(type, "user-1", List.of(verified), "\"1\"", null, null);
        } catch (ApiException refused) {
            Problem problem = new ObjectMapper().readValue(refused.getResponseBody(), Problem.class);
            System.out.println("refused " + refused.getCode() + " " + problem.getType() + ", expected "
                    + problem.getExpectedPosition() + ", actual " + problem.getActualPosition());
        }

        MultiAppendResponse both = new EventsApi(client)
                .appendToStreams(
                        new MultiAppend()
                                .addAppendsItem(new StreamAppend()
                                        .aggregateType(type)
                                        .aggregateId("user-1")
                                        .expectedPosition(2L)
                                        .addEventsItem(verified))
                                .addAppendsItem(new StreamAppend()
                                        .aggregateType(type)
                                        .aggregateId("user/2")
                                        .expectedPosition(0L)
                                        .addEventsItem(registered)),
                        null,
                        null);
        System.out.println("appended to " + both.getAppends().size());

        Map<?, ?> state = (Map<?, ?>) new ProjectionsApi(client)
                .readState("event-statistics", type + "/UserRegistered", both.getLastGlobalPosition(), "30s", null);
        System.out.println("registered " + ((Number) state.get("count")).longValue());
    }
}
