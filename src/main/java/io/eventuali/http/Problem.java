package io.eventuali.http;

import io.eventuali.format.EventJson;
import io.eventuali.format.Json;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A problem document, thrown where it is found. It is an answer by itself, so no mapper of exceptions that an application has sees it.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>
 */
public final class Problem extends WebApplicationException {
    static final String MEDIA_TYPE = "application/problem+json";
    private static final long serialVersionUID = 1;

    private final transient Document document;

    private Problem(Document document) {
        super(document.detail, Response.status(document.status).build());
        this.document = document;
    }

    static Problem of(URI type, String title, int status, String detail) {
        return new Problem(new Document(type, title, status, detail, null, Map.of(), Map.of()));
    }

    /** The same with one more member. */
    Problem with(String member, Object value) {
        return new Problem(new Document(
                document.type,
                document.title,
                document.status,
                document.detail,
                document.instance,
                added(document.members, member, value),
                document.headers));
    }

    /** The same with a header beside it. */
    Problem withHeader(String name, String value) {
        return new Problem(new Document(
                document.type,
                document.title,
                document.status,
                document.detail,
                document.instance,
                document.members,
                added(document.headers, name, value)));
    }

    /** The same as the answer to the request of a path. */
    Problem at(String path) {
        return new Problem(new Document(
                document.type,
                document.title,
                document.status,
                document.detail,
                path,
                document.members,
                document.headers));
    }

    int status() {
        return document.status;
    }

    Map<String, Object> members() {
        return document.members;
    }

    Map<String, String> headers() {
        return document.headers;
    }

    byte[] json() {
        return EventJson.write(json -> {
            json.writeStartObject();
            if (document.type != null) {
                json.writeStringField("type", document.type.toString());
            }
            json.writeNumberField("status", document.status);
            json.writeStringField("title", document.title);
            json.writeStringField("detail", document.detail);
            if (document.instance != null) {
                json.writeStringField("instance", document.instance);
            }
            for (var member : document.members.entrySet()) {
                json.writeFieldName(member.getKey());
                json.writeRawValue(Json.MAPPER.writeValueAsString(member.getValue()));
            }
            json.writeEndObject();
        });
    }

    @Override
    public Response getResponse() {
        Response.ResponseBuilder answer =
                Response.status(document.status).type(MEDIA_TYPE).entity(this);
        document.headers.forEach(answer::header);
        return answer.build();
    }

    /** An answer, and no fault to be found by where it was made. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    private static <V> Map<String, V> added(Map<String, V> some, String name, V value) {
        Map<String, V> more = new LinkedHashMap<>(some);
        more.put(name, value);
        return Collections.unmodifiableMap(more);
    }

    private record Document(
            URI type,
            String title,
            int status,
            String detail,
            String instance,
            Map<String, Object> members,
            Map<String, String> headers) {}
}
