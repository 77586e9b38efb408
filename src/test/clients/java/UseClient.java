import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.client.ApiClient;
import io.eventuali.client.ApiException;
import io.eventuali.client.api.AppendApi;
import io.eventuali.client.api.ProjectApi;
import io.eventuali.client.api.ReadApi;
import io.eventuali.client.model.AppendResponse;
import io.eventuali.client.model.EventInFormat;
import io.eventuali.client.model.MultiAppend;
import io.eventuali.client.model.MultiAppendResponse;
import io.eventuali.client.model.NewEvent;
import io.eventuali.client.model.Problem;
import io.eventuali.client.model.StreamAppend;
import io.eventuali.client.model.StreamAppendExpectedPosition;
import io.eventuali.client.model.StreamPage;
import java.util.List;
import java.util.Map;

/** Uses the client that openapi-generator makes of the OpenAPI document, and prints what it was told. */
public final class UseClient {
    public static void main(String[] arguments) throws Exception {
        String type = arguments[1];
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        AppendApi append = new AppendApi(client);
        ReadApi read = new ReadApi(client);

        NewEvent registered = new NewEvent().eventType("UserRegistered").data(Map.of("name", "Ada"));
        NewEvent verified = new NewEvent().eventType("UserVerified").data(true);
        AppendResponse appended =
                append.appendToStream(type, "user-1", List.of(registered, verified), null, "*", type + "-1");
        System.out.println("appended, at " + appended.getStreamPosition());

        StreamPage page = read.readStream(type, "user-1", null, 1, "forward", null);
        EventInFormat event = page.getEvents().get(0);
        System.out.println("read " + event.getEventType() + " " + event.getData() + " at " + event.getStreamPosition()
                + ", next " + page.getNext());

        EventInFormat cloudEvent =
                read.readStream(type, "user-1", 2L, 1, null, "cloudevents").getEvents().get(0);
        System.out.println("read " + cloudEvent.getAdditionalProperty("type") + " of CloudEvents "
                + cloudEvent.getAdditionalProperty("specversion"));

        try {
            append.appendToStream(type, "user-1", List.of(verified), "\"1\"", null, null);
        } catch (ApiException refused) {
            Problem problem = new ObjectMapper().readValue(refused.getResponseBody(), Problem.class);
            System.out.println("refused " + refused.getCode() + " " + problem.getType() + ", expected "
                    + problem.getExpectedPosition() + ", actual " + problem.getActualPosition());
        }

        MultiAppendResponse both = append.appendToStreams(
                new MultiAppend()
                        .addAppendsItem(new StreamAppend()
                                .aggregateType(type)
                                .aggregateId("user-1")
                                .expectedPosition(new StreamAppendExpectedPosition(2L))
                                .addEventsItem(verified))
                        .addAppendsItem(new StreamAppend()
                                .aggregateType(type)
                                .aggregateId("user/2")
                                .expectedPosition(new StreamAppendExpectedPosition("none"))
                                .addEventsItem(registered)),
                null,
                null);
        System.out.println("appended to " + both.getAppends().size());

        Map<?, ?> state = (Map<?, ?>) new ProjectApi(client)
                .readState(
                        "event-statistics", type + "/UserRegistered", both.getLastGlobalPosition(), "30s", null);
        System.out.println("registered " + state.get("count"));
    }
}
