package io.eventuali.support;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.quarkus.test.junit.callback.QuarkusTestBeforeEachCallback;
import io.quarkus.test.junit.callback.QuarkusTestMethodContext;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** Holds every answer that a test gets through REST Assured against the OpenAPI document, whatever the test itself looks at. */
public final class ContractFilter implements Filter, QuarkusTestBeforeEachCallback {
    private static final Path DOCUMENT = Path.of("docs/openapi.yaml");

    private Contract contract;

    @Override
    public void beforeEach(QuarkusTestMethodContext test) {
        if (RestAssured.filters().stream().noneMatch(ContractFilter.class::isInstance)) {
            RestAssured.filters(this);
        }
    }

    @Override
    public Response filter(
            FilterableRequestSpecification request, FilterableResponseSpecification expected, FilterContext context) {
        Response answer = context.next(request, expected);
        URI uri = URI.create(request.getURI());
        String path = uri.getRawPath();
        if (!path.startsWith("/v1/")) {
            return answer;
        }
        String type = answer.getContentType();
        boolean readable = type == null || type.isEmpty() || type.contains("json") && !type.contains("ndjson");
        List<String> violations = contract()
                .violations(
                        request.getMethod(),
                        path,
                        uri.getRawQuery(),
                        answer.statusCode(),
                        type,
                        readable ? answer.asString() : "");
        if (!violations.isEmpty()) {
            throw new AssertionError("%s %s was answered %d %s, which does not fit the OpenAPI document: %s"
                    .formatted(request.getMethod(), path, answer.statusCode(), answer.asString(), violations));
        }
        return answer;
    }

    private synchronized Contract contract() {
        if (contract == null) {
            // From the file, which OpenApiIT holds against what is served: where security is on, not everybody gets
            // that.
            try {
                contract = new Contract(new YAMLMapper().readTree(DOCUMENT.toFile()));
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return contract;
    }
}
