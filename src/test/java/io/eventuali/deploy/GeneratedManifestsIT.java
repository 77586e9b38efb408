package io.eventuali.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What Quarkus generates while the application is packaged: a plain beginning for those who take neither the chart nor kustomize. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class GeneratedManifestsIT {
    @Test
    void they_are_objects_that_kubernetes_knows_and_need_no_rights_in_the_cluster() throws IOException {
        List<Manifest> objects = Manifest.parse(Files.readString(Path.of("target", "kubernetes", "kubernetes.yml")));

        assertThat(objects)
                .extracting(Manifest::kind)
                .contains("Service", "Deployment")
                .doesNotContain("Job", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding");
        assertThat(objects).allSatisfy(object -> assertThatCode(() -> KubernetesTypes.read(object))
                .as(object.toString())
                .doesNotThrowAnyException());
        assertThat(objects)
                .filteredOn(object -> object.kind().equals("Deployment"))
                .singleElement()
                .satisfies(deployment -> {
                    assertThat(deployment.podSpec().has("initContainers")).isFalse();
                    assertThat(deployment.podSpec().at("/containers/0/image").asText())
                            .contains("eventuali/eventuali:");
                    assertThat(deployment.podSpec().at("/containers/0/env").toString())
                            .contains("\"name\":\"eventuali-database\"")
                            .doesNotContain("QUARKUS_FLYWAY_ACTIVE");
                });
    }
}
