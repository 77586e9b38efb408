package io.eventuali.ops;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.Priorities;
import jakarta.annotation.Priority;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Lets a start with settings that nobody can read, or that do not exist, come as far as {@link SettingsCheck}, which says what is wrong in
 * one line. The framework would stop it earlier, while there is no log yet, and with many lines.
 */
@Priority(Priorities.APPLICATION)
public final class UnreadableSettings implements ConfigSourceInterceptor {
    private static final long serialVersionUID = 1L;

    /** What is wrong first, as the value of a key that nobody sets. */
    static final String PROBLEM = "io.eventuali.settings-problem";

    @Override
    public ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
        if (name.equals(PROBLEM)) {
            return problem(context)
                    .map(what ->
                            ConfigValue.builder().withName(name).withValue(what).build())
                    .orElse(null);
        }
        ConfigValue value = context.proceed(name);
        if (value == null || value.getValue() == null || !isOurs(name)) {
            return value;
        }
        return KnownSettings.of(name)
                .filter(form -> !form.reads(value.getValue()))
                .map(form -> value.withValue(form.substitute()))
                .orElse(value);
    }

    @Override
    public Iterator<String> iterateNames(ConfigSourceInterceptorContext context) {
        List<String> names = new ArrayList<>();
        context.iterateNames().forEachRemaining(names::add);
        names.removeIf(name -> isUnknown(context, name));
        return names.iterator();
    }

    private static Optional<String> problem(ConfigSourceInterceptorContext context) {
        Set<String> names = new TreeSet<>();
        context.iterateNames().forEachRemaining(names::add);
        return names.stream()
                .filter(UnreadableSettings::isOurs)
                .map(name -> complaint(context, name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> complaint(ConfigSourceInterceptorContext context, String name) {
        if (isUnknown(context, name)) {
            return Optional.of(name + " is no setting; correct its name, or remove it");
        }
        ConfigValue value = context.proceed(name);
        if (value == null || value.getValue() == null) {
            return Optional.empty();
        }
        return KnownSettings.of(name)
                .filter(Predicate.not(form -> form.reads(value.getValue())))
                .map(form -> "%s is %s; %s".formatted(name, shown(value.getValue()), form.remedy()));
    }

    /** Keys of the service that do not exist. The environment may have such names for other reasons, as in Kubernetes. */
    private static boolean isUnknown(ConfigSourceInterceptorContext context, String name) {
        if (!name.startsWith(KnownSettings.PREFIX) || KnownSettings.of(name).isPresent()) {
            return false;
        }
        ConfigValue value = context.proceed(name);
        return value != null
                && value.getSourceName() != null
                && !value.getSourceName().startsWith(EnvConfigSource.NAME);
    }

    private static boolean isOurs(String name) {
        return name.startsWith(KnownSettings.PREFIX) || name.startsWith("quarkus.");
    }

    private static String shown(String value) {
        return value.isEmpty() ? "empty" : value.replaceAll("\\p{C}", "?");
    }
}
