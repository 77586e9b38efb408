package io.eventuali.saga;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.arc.All;
import io.quarkus.arc.ClientProxy;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The sagas that this application has code for, by name and version. */
@Singleton
class SagaRegistry {
    private final Map<String, TreeMap<Integer, SagaCode<?>>> codes = new TreeMap<>();

    /** @throws IllegalStateException if two have one name and version; it names both */
    SagaRegistry(@All List<SagaHandler<?>> beans, ObjectMapper mapper, SagaConfig config) {
        Map<SagaCode<?>, Class<?>> classes = new HashMap<>();
        SagaCodec codec = new SagaCodec(mapper);
        for (SagaHandler<?> bean : beans) {
            // A client proxy has none of the fields.
            SagaHandler<?> handler = ClientProxy.unwrap(bean);
            SagaCode<?> code = new SagaCode<>(handler, codec, config);
            classes.put(code, handler.getClass());
            SagaCode<?> other = codes.computeIfAbsent(handler.name(), name -> new TreeMap<>())
                    .putIfAbsent(handler.version(), code);
            if (other != null) {
                throw new IllegalStateException("%s and %s are both version %d of the saga %s"
                        .formatted(
                                classes.get(other).getName(),
                                handler.getClass().getName(),
                                handler.version(),
                                handler.name()));
            }
        }
    }

    Set<String> types() {
        return codes.keySet();
    }

    /** The code that starts new sagas of a type. */
    Optional<SagaCode<?>> newest(String type) {
        return Optional.ofNullable(codes.get(type))
                .map(versions -> versions.lastEntry().getValue());
    }

    /** All versions of a type. */
    Collection<SagaCode<?>> versions(String type) {
        return codes.getOrDefault(type, new TreeMap<>()).values();
    }

    /** The code that a saga was started with. */
    Optional<SagaCode<?>> find(SagaState saga) {
        List<String> steps = saga.steps().stream().map(step -> step.name).toList();
        SagaCode<?> code = codes.getOrDefault(saga.type(), new TreeMap<>()).get(saga.version());
        return Optional.<SagaCode<?>>ofNullable(code).filter(found -> found.fits(steps));
    }

    /** Why {@link #find} finds nothing. */
    String missing(SagaState saga) {
        boolean known = codes.getOrDefault(saga.type(), new TreeMap<>()).containsKey(saga.version());
        return known
                ? "version %d of the saga %s has other steps in the code than when this one was started: raise its version() and keep the older bean"
                        .formatted(saga.version(), saga.type())
                : "there is no code for version %d of the saga %s".formatted(saga.version(), saga.type());
    }
}
