package io.eventuali.support;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.smallrye.config.WithParentName;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Every key of the configuration, found by its mapping. A name that the application chooses is {@code <name>}. */
public final class ConfigKeys {
    private static final Pattern WORD_START = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

    /** Looking through all classes takes a while. */
    private static final Map<String, Key> ALL = find();

    private ConfigKeys() {}

    /** The keys, each with its type and default. */
    public static Map<String, Key> all() {
        return ALL;
    }

    private static Map<String, Key> find() {
        Map<String, Key> keys = new TreeMap<>();
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.eventuali").stream()
                        .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                        .map(JavaClass::reflect)
                        .forEach(mapping -> collect(
                                mapping.getAnnotation(ConfigMapping.class).prefix(), mapping, keys));
        return keys;
    }

    private static void collect(String prefix, Class<?> group, Map<String, Key> keys) {
        for (Method method : group.getDeclaredMethods()) {
            String key = prefix + "." + name(method);
            if (method.isAnnotationPresent(WithParentName.class)) {
                collect(prefix + ".<name>", (Class<?>) argument(method.getGenericReturnType(), 1), keys);
            } else if (Map.class.equals(method.getReturnType())) {
                Class<?> value = (Class<?>) argument(method.getGenericReturnType(), 1);
                if (isGroup(value)) {
                    collect(key + ".<name>", value, keys);
                } else {
                    keys.put(key + ".<name>", new Key(value, Optional.empty(), false));
                }
            } else if (isGroup(method.getReturnType())) {
                collect(key, method.getReturnType(), keys);
            } else {
                keys.put(
                        key,
                        new Key(
                                innermost(method.getGenericReturnType()),
                                Optional.ofNullable(method.getAnnotation(WithDefault.class))
                                        .map(WithDefault::value),
                                method.getReturnType().getSimpleName().startsWith("Optional")));
            }
        }
    }

    private static Class<?> innermost(Type type) {
        return type instanceof ParameterizedType ? innermost(argument(type, 0)) : (Class<?>) type;
    }

    private static Type argument(Type type, int index) {
        return ((ParameterizedType) type).getActualTypeArguments()[index];
    }

    private static boolean isGroup(Class<?> type) {
        return type.isInterface() && !List.class.equals(type) && type.getName().startsWith("io.eventuali.");
    }

    private static String name(Method method) {
        WithName given = method.getAnnotation(WithName.class);
        return given != null
                ? given.value()
                : WORD_START.matcher(method.getName()).replaceAll("-").toLowerCase(Locale.ROOT);
    }

    /**
     * A key.
     *
     * @param type of its value, or of each of them
     * @param byDefault the text of its default
     * @param optional whether it may be left out, without a default
     */
    public record Key(Class<?> type, Optional<String> byDefault, boolean optional) {}
}
