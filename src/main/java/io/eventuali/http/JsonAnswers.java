package io.eventuali.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.format.Json;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Set;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyWriter;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

/**
 * Writes the answers of Eventuali's resources with {@linkplain Json its own Jackson}, whatever an application does to its own. Answers of
 * other resources are left alone.
 */
@Provider
@Produces({MediaType.APPLICATION_JSON, Problems.MEDIA_TYPE})
public class JsonAnswers implements ServerMessageBodyWriter<Object> {
    /** Where records are made for the wire. An application may have packages beside these. */
    private static final Set<String> OURS = Set.of("io.eventuali.http", "io.eventuali.saga");

    private static final String CURL = "curl/";

    private static final ObjectMapper MAPPER = Json.MAPPER;

    @Override
    public boolean isWriteable(Class<?> type, Type generic, ResteasyReactiveResourceInfo target, MediaType mediaType) {
        return isOurs(type);
    }

    @Override
    public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return isOurs(type);
    }

    private static boolean isOurs(Class<?> type) {
        return OURS.contains(type.getPackageName());
    }

    @Override
    public void writeResponse(Object answer, Type generic, ServerRequestContext context) throws IOException {
        String client = context.getRequestHeaders().getHeaderString(HttpHeaders.USER_AGENT);
        context.serverResponse().end(line(json(answer), client));
    }

    @Override
    public void writeTo(
            Object answer,
            Class<?> type,
            Type generic,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, Object> headers,
            OutputStream out)
            throws IOException {
        out.write(json(answer));
    }

    private static byte[] json(Object answer) throws JsonProcessingException {
        if (answer instanceof Problem problem) {
            return problem.json();
        }
        return answer instanceof JsonBody body ? body.utf8() : MAPPER.writeValueAsBytes(answer);
    }

    /** A terminal shows its prompt behind an answer that does not end its line. */
    static boolean isCurl(String client) {
        return client != null && client.startsWith(CURL);
    }

    /** An answer as this client gets it. */
    static byte[] line(byte[] json, String client) {
        if (!isCurl(client)) {
            return json;
        }
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }
}
