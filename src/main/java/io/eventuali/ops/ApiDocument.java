package io.eventuali.ops;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.smallrye.openapi.api.SmallRyeOpenAPI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.tags.Tag;

/**
 * Puts the API, which is described by hand, into the document of the application where the application has it; or takes it out, where there
 * is no API. It is not among the resources, whose package is not scanned. Public for the code that Quarkus generates.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.RUNTIME_STARTUP)
public class ApiDocument implements OASFilter {
    private static final String OURS = "META-INF/openapi.yaml";

    @Override
    public void filterOpenAPI(OpenAPI document) {
        Config config = ConfigProvider.getConfig();
        boolean enabled =
                config.getOptionalValue("eventuali.http.enabled", Boolean.class).orElse(true);
        String prefix = prefix(config, "quarkus.http.root-path") + prefix(config, "quarkus.rest.path");
        if (enabled && prefix.isEmpty()) {
            return;
        }
        OpenAPI ours = ours();
        for (String path : ours.getPaths().getPathItems().keySet()) {
            var item = document.getPaths().getPathItem(path);
            if (item != null) {
                document.getPaths().removePathItem(path);
                if (enabled) {
                    document.getPaths().addPathItem(prefix + path, item);
                }
            }
        }
        if (!enabled) {
            leaveOut(
                    ours,
                    document,
                    config.getOptionalValue("quarkus.application.name", String.class)
                            .orElse("API"));
        }
    }

    private static void leaveOut(OpenAPI ours, OpenAPI document, String application) {
        if (document.getTags() != null) {
            Set<String> names = ours.getTags().stream().map(Tag::getName).collect(Collectors.toSet());
            document.setTags(document.getTags().stream()
                    .filter(tag -> !names.contains(tag.getName()))
                    .toList());
        }
        if (Objects.equals(ours.getInfo().getDescription(), document.getInfo().getDescription())) {
            document.getInfo()
                    .title(application)
                    .version("1")
                    .summary(null)
                    .description(null)
                    .license(null);
        }
        if (Objects.equals(ours.getServers(), document.getServers())) {
            document.setServers(null);
        }
        if (Objects.equals(ours.getSecurity(), document.getSecurity())) {
            document.setSecurity(null);
        }
        if (document.getComponents() != null) {
            leaveOut(ours.getComponents(), document.getComponents());
        }
    }

    private static void leaveOut(Components ours, Components all) {
        remove(ours.getSchemas(), all::removeSchema);
        remove(ours.getResponses(), all::removeResponse);
        remove(ours.getParameters(), all::removeParameter);
        remove(ours.getExamples(), all::removeExample);
        remove(ours.getRequestBodies(), all::removeRequestBody);
        remove(ours.getHeaders(), all::removeHeader);
        remove(ours.getSecuritySchemes(), all::removeSecurityScheme);
    }

    private static void remove(Map<String, ?> ours, Consumer<String> remover) {
        if (ours != null) {
            List<String> names = new ArrayList<>(ours.keySet());
            names.forEach(remover);
        }
    }

    private static OpenAPI ours() {
        return SmallRyeOpenAPI.builder()
                .withCustomStaticFile(() -> ApiDocument.class.getClassLoader().getResourceAsStream(OURS))
                .enableStandardStaticFiles(false)
                .enableModelReader(false)
                .enableAnnotationScan(false)
                .enableStandardFilter(false)
                .build()
                .model();
    }

    private static String prefix(Config config, String key) {
        String path = config.getOptionalValue(key, String.class).orElse("");
        String from = path.isEmpty() || path.startsWith("/") ? path : "/" + path;
        return from.endsWith("/") ? from.substring(0, from.length() - 1) : from;
    }
}
