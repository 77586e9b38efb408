package io.eventuali.deploy;

import static io.eventuali.deploy.Manifest.elements;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A rule that everything we hand to Kubernetes keeps, and the smallest change that breaks it, to show that a breach is noticed. */
enum Policy {
    PODS_RUN_AS_A_NUMBERED_USER_THAT_IS_NOT_ROOT(
            pods(spec -> spec.at("/securityContext/runAsNonRoot").asBoolean()
                    && spec.at("/securityContext/runAsUser").asInt() > 0
                    && spec.at("/securityContext/runAsGroup").asInt() > 0),
            inPod(spec -> object(spec, "securityContext").put("runAsUser", 0))),

    NO_CONTAINER_IS_ROOT_BY_ITS_OWN(
            containers(c -> c.at("/securityContext/runAsUser").asInt(1) > 0
                    && c.at("/securityContext/runAsNonRoot").asBoolean(true)),
            inContainer(c -> object(c, "securityContext").put("runAsNonRoot", false))),

    ROOT_FILE_SYSTEMS_ARE_READ_ONLY(
            containers(c -> c.at("/securityContext/readOnlyRootFilesystem").asBoolean()),
            inContainer(c -> object(c, "securityContext").remove("readOnlyRootFilesystem"))),

    NO_PRIVILEGE_ESCALATION(
            containers(c -> !c.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)),
            inContainer(c -> object(c, "securityContext").remove("allowPrivilegeEscalation"))),

    NO_PRIVILEGED_CONTAINER(
            containers(c -> !c.at("/securityContext/privileged").asBoolean()),
            inContainer(c -> object(c, "securityContext").put("privileged", true))),

    ALL_CAPABILITIES_ARE_DROPPED(
            containers(c -> elements(c.at("/securityContext/capabilities/drop"))
                            .anyMatch(name -> name.asText().equals("ALL"))
                    && c.at("/securityContext/capabilities/add").isEmpty()),
            inContainer(c -> object(object(c, "securityContext"), "capabilities")
                    .putArray("add")
                    .add("NET_ADMIN"))),

    SECCOMP_IS_THE_RUNTIMES(
            pods(spec ->
                    spec.at("/securityContext/seccompProfile/type").asText().equals("RuntimeDefault")),
            inPod(spec ->
                    object(object(spec, "securityContext"), "seccompProfile").put("type", "Unconfined"))),

    NO_SERVICE_ACCOUNT_TOKEN_IS_MOUNTED(
            pods(spec -> !spec.path("automountServiceAccountToken").asBoolean(true)),
            inPod(spec -> spec.put("automountServiceAccountToken", true))),

    SERVICE_ACCOUNTS_DO_NOT_MOUNT_THEIR_TOKEN(
            each("ServiceAccount", account -> !account.at("/automountServiceAccountToken")
                    .asBoolean(true)),
            in("ServiceAccount", account -> account.remove("automountServiceAccountToken"))),

    NO_ACCESS_TO_THE_HOST(
            pods(spec -> !spec.path("hostNetwork").asBoolean()
                    && !spec.path("hostPID").asBoolean()
                    && !spec.path("hostIPC").asBoolean()
                    && elements(spec.path("volumes")).noneMatch(volume -> volume.has("hostPath"))
                    && elements(spec.path("containers"))
                            .flatMap(c -> elements(c.path("ports")))
                            .noneMatch(port -> port.has("hostPort"))),
            inPod(spec -> spec.put("hostNetwork", true))),

    NO_ENVIRONMENT_OF_OTHER_SERVICES(
            pods(spec -> !spec.path("enableServiceLinks").asBoolean(true)),
            inPod(spec -> spec.remove("enableServiceLinks"))),

    REQUESTS_AND_LIMITS_ARE_SET(
            containers(c -> c.at("/resources/requests/cpu").isValueNode()
                    && c.at("/resources/requests/memory").isValueNode()
                    && c.at("/resources/limits/memory").isValueNode()),
            inContainer(c -> object(c, "resources").remove("limits"))),

    IMAGES_HAVE_A_FIXED_VERSION(
            containers(c -> Pattern.matches(
                            "[^@]+@sha256:[0-9a-f]{64}|.+:[^:/]+",
                            c.path("image").asText())
                    && !c.path("image").asText().endsWith(":latest")),
            inContainer(c -> c.put("image", "eventuali/eventuali"))),

    SECRETS_ARE_REFERRED_TO_NEVER_WRITTEN(
            containers(c -> elements(c.path("env"))
                    .noneMatch(variable -> variable.has("value")
                            && Pattern.compile(
                                            "PASSWORD|SECRET|TOKEN(?!_AUDIENCE)|CREDENTIAL|API_KEY|DATABASE_URL|JAAS")
                                    .matcher(variable.path("name").asText())
                                    .find())),
            inContainer(c ->
                    c.withArray("env").addObject().put("name", "DB_PASSWORD").put("value", "secret"))),

    SERVERS_HAVE_ALL_THREE_PROBES(
            each("Deployment", deployment -> deployment.containers().allMatch(c -> Stream.of(
                            "startupProbe", "readinessProbe", "livenessProbe")
                    .allMatch(probe ->
                            c.at("/" + probe + "/httpGet/path").asText().startsWith("/q/health/")))),
            in("Deployment", deployment -> container(deployment).remove("readinessProbe"))),

    A_START_MAY_TAKE_LONGER_THAN_THE_SERVICE_WAITS_FOR_ITS_DATABASE(
            each("Deployment", deployment -> deployment
                    .containers()
                    .allMatch(c -> c.at("/startupProbe/periodSeconds").asInt()
                                    * c.at("/startupProbe/failureThreshold").asInt()
                            > 60)),
            in("Deployment", deployment -> object(container(deployment), "startupProbe")
                    .put("failureThreshold", 3))),

    THE_GRACE_PERIOD_COVERS_THE_DRAIN(
            each(
                    "Deployment",
                    deployment -> deployment
                                    .podSpec()
                                    .path("terminationGracePeriodSeconds")
                                    .asInt()
                            >= 25
                                    + seconds(deployment, "EVENTUALI_DRAIN_WINDOW")
                                    + seconds(deployment, "QUARKUS_SHUTDOWN_DELAY")),
            in("Deployment", deployment -> pod(deployment).put("terminationGracePeriodSeconds", 10))),

    AN_UPDATE_TAKES_NO_POD_AWAY_BEFORE_ANOTHER_IS_READY(
            each(
                    "Deployment",
                    deployment -> deployment
                                    .at("/spec/strategy/rollingUpdate/maxUnavailable")
                                    .asText()
                                    .equals("0")
                            && deployment.at("/spec/minReadySeconds").asInt() > 0),
            in("Deployment", deployment -> object(object(object(deployment, "spec"), "strategy"), "rollingUpdate")
                    .put("maxUnavailable", 1))),

    PODS_ARE_SPREAD_OVER_NODES(
            each("Deployment", deployment -> elements(deployment.podSpec().path("topologySpreadConstraints"))
                    .anyMatch(constraint ->
                            constraint.path("topologyKey").asText().equals("kubernetes.io/hostname"))),
            in("Deployment", deployment -> pod(deployment).remove("topologySpreadConstraints"))),

    A_DISRUPTION_BUDGET_HOLDS_FOR_THE_PODS_AND_LETS_ONE_GO(
            together((deployment, all) -> all.stream()
                    .filter(one -> one.kind().equals("PodDisruptionBudget"))
                    .anyMatch(budget -> selects(budget.at("/spec/selector/matchLabels"), deployment)
                            && !budget.at("/spec/maxUnavailable").asText("0").matches("0%?"))),
            in("PodDisruptionBudget", budget -> object(budget, "spec").put("maxUnavailable", 0))),

    A_NETWORK_POLICY_LIMITS_THE_PODS_IN_BOTH_DIRECTIONS(
            together((deployment, all) -> all.stream()
                    .filter(one -> one.kind().equals("NetworkPolicy"))
                    .anyMatch(policy -> selects(policy.at("/spec/podSelector/matchLabels"), deployment)
                            && policy.at("/spec/policyTypes").size() == 2
                            && elements(policy.at("/spec/egress"))
                                    .allMatch(rule -> !rule.path("ports").isEmpty())
                            && elements(policy.at("/spec/ingress"))
                                    .allMatch(rule -> !rule.path("ports").isEmpty()))),
            in(
                    "NetworkPolicy",
                    policy -> object(policy, "spec").putArray("egress").addObject())),

    NOBODY_CONNECTS_FROM_ELSEWHERE_UNLESS_THE_SERVICE_IS_FOR_EVERYBODY(
            together((deployment, all) -> all.stream()
                    .filter(one -> one.kind().equals("NetworkPolicy"))
                    .allMatch(policy -> all.stream()
                                    .anyMatch(one -> one.kind().equals("Service")
                                            && !one.at("/spec/type").asText().equals("ClusterIP"))
                            || elements(policy.at("/spec/ingress"))
                                    .allMatch(rule -> !rule.path("from").isEmpty()
                                            && elements(rule.path("from")).noneMatch(JsonNode::isEmpty)))),
            in("NetworkPolicy", policy -> ((ObjectNode) policy.at("/spec/ingress/0")).remove("from"))),

    THE_SERVICE_FINDS_THE_PODS_AND_THEIR_PORT(
            together((deployment, all) -> all.stream()
                    .filter(one -> one.kind().equals("Service"))
                    .anyMatch(service -> selects(service.at("/spec/selector"), deployment)
                            && elements(service.at("/spec/ports")).allMatch(port -> deployment
                                    .containers()
                                    .flatMap(c -> elements(c.path("ports")))
                                    .anyMatch(open -> open.path("name").equals(port.path("targetPort")))))),
            in("Service", service -> object(object(service, "spec"), "selector")
                    .put("app.kubernetes.io/instance", "other"))),

    THE_DEPLOYMENT_SELECTS_ITS_OWN_PODS_AND_NO_TEST_POD(
            together((deployment, all) -> all.stream()
                    .filter(one -> !one.podSpec().isMissingNode())
                    .allMatch(one -> selects(deployment.at("/spec/selector/matchLabels"), one)
                            == one.kind().equals("Deployment"))),
            in("Deployment", deployment -> object(object(object(deployment, "spec"), "selector"), "matchLabels")
                    .put("app.kubernetes.io/name", "other"))),

    NOTHING_REACHES_BEYOND_ITS_NAMESPACE(
            every(object -> !object.at("/metadata/namespace").asText().isEmpty()
                    && !Set.of("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Namespace")
                            .contains(object.kind())),
            in("Service", service -> object(service, "metadata").remove("namespace"))),

    OBJECTS_HAVE_THE_RECOMMENDED_LABELS_AND_A_NAME_THAT_DNS_TAKES(
            every(object -> object.at("/metadata/labels").has("app.kubernetes.io/name")
                    && object.at("/metadata/labels").has("app.kubernetes.io/instance")
                    && object.name().matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")),
            in("Service", service -> object(service, "metadata").remove("labels"))),

    AN_AUTOSCALER_IS_NOT_FOUGHT_BY_A_FIXED_NUMBER(
            together((deployment, all) -> all.stream()
                    .noneMatch(one -> one.kind().equals("HorizontalPodAutoscaler")
                            && (deployment.at("/spec").has("replicas")
                                    || !one.at("/spec/scaleTargetRef/name")
                                            .asText()
                                            .equals(deployment.name())))),
            all -> {
                ObjectNode scaler = all.get(0).root().objectNode();
                scaler.put("apiVersion", "autoscaling/v2").put("kind", "HorizontalPodAutoscaler");
                object(scaler, "metadata").put("name", "scaler");
                all.add(new Manifest(scaler));
            });

    private final Rule rule;
    private final Consumer<List<Manifest>> breach;

    Policy(Rule rule, Consumer<List<Manifest>> breach) {
        this.rule = rule;
        this.breach = breach;
    }

    /** Objects that break it. */
    List<String> broken(List<Manifest> objects) {
        return rule.broken(objects);
    }

    /** A copy of these objects in which it is broken. */
    List<Manifest> breach(List<Manifest> objects) {
        List<Manifest> copies =
                new ArrayList<>(objects.stream().map(Manifest::copy).toList());
        breach.accept(copies);
        return copies;
    }

    private interface Rule {
        List<String> broken(List<Manifest> objects);
    }

    private static Rule every(Predicate<Manifest> keeps) {
        return objects ->
                objects.stream().filter(keeps.negate()).map(Manifest::toString).toList();
    }

    private static Rule each(String kind, Predicate<Manifest> keeps) {
        return every(object -> !object.kind().equals(kind) || keeps.test(object));
    }

    private static Rule pods(Predicate<JsonNode> keeps) {
        return every(object -> object.podSpec().isMissingNode() || keeps.test(object.podSpec()));
    }

    private static Rule containers(Predicate<JsonNode> keeps) {
        return every(object -> object.containers().allMatch(keeps));
    }

    private static Rule together(BiPredicate<Manifest, List<Manifest>> keeps) {
        return objects -> objects.stream()
                .filter(object -> object.kind().equals("Deployment"))
                .filter(deployment -> !keeps.test(deployment, objects))
                .map(Manifest::toString)
                .toList();
    }

    private static boolean selects(JsonNode selector, Manifest pods) {
        return !selector.isEmpty()
                && selector.properties().stream().allMatch(label -> label.getValue()
                        .equals(pods.podLabels().get(label.getKey())));
    }

    private static int seconds(Manifest deployment, String name) {
        return deployment
                .containers()
                .flatMap(c -> elements(c.path("env")))
                .filter(variable -> variable.path("name").asText().equals(name))
                .mapToInt(variable ->
                        Integer.parseInt(variable.path("value").asText().replace("s", "")))
                .findFirst()
                .orElseThrow();
    }

    private static Consumer<List<Manifest>> in(String kind, Consumer<ObjectNode> change) {
        return objects -> change.accept(objects.stream()
                .filter(object -> object.kind().equals(kind))
                .findFirst()
                .orElseThrow()
                .root());
    }

    private static Consumer<List<Manifest>> inPod(Consumer<ObjectNode> change) {
        return in("Deployment", deployment -> change.accept(pod(deployment)));
    }

    private static Consumer<List<Manifest>> inContainer(Consumer<ObjectNode> change) {
        return in("Deployment", deployment -> change.accept(container(deployment)));
    }

    private static ObjectNode pod(ObjectNode deployment) {
        return (ObjectNode) deployment.at("/spec/template/spec");
    }

    private static ObjectNode container(ObjectNode deployment) {
        return (ObjectNode) deployment.at("/spec/template/spec/containers/0");
    }

    private static ObjectNode object(ObjectNode parent, String field) {
        return parent.withObjectProperty(field);
    }
}
