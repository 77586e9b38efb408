package io.eventuali.deploy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** Reads an object as the type that Kubernetes has for it, and refuses what that type does not know. */
final class KubernetesTypes {
    private static final KubernetesSerialization REGISTRY = new KubernetesSerialization();
    private static final ObjectMapper STRICT = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new WithoutAnySetter());

    private KubernetesTypes() {}

    /** @throws IllegalArgumentException naming the field or value that does not belong there, or the kind that does not exist */
    static KubernetesResource read(Manifest manifest) {
        Class<? extends KubernetesResource> type =
                REGISTRY.getRegisteredKubernetesResource(manifest.apiVersion(), manifest.kind());
        if (type == null) {
            throw new IllegalArgumentException("no kind " + manifest.kind() + " in " + manifest.apiVersion());
        }
        return STRICT.convertValue((JsonNode) manifest.root(), type);
    }

    /** The models take up unknown fields by {@code @JsonAnySetter}, so that a newer server does not break a client: not wanted here. */
    private static final class WithoutAnySetter extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public Boolean hasAnySetter(Annotated annotated) {
            return false;
        }

        @Override
        public boolean hasIgnoreMarker(AnnotatedMember member) {
            return member.getName().equals("additionalProperties") || super.hasIgnoreMarker(member);
        }
    }
}
