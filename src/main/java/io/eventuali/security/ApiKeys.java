package io.eventuali.security;

import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The keys that are good now: those of the configuration, and those of a file, which may change while this runs. What a change takes away ends
 * the streams that need it.
 */
@Singleton
class ApiKeys {
    private static final Logger LOG = Logger.getLogger(ApiKeys.class);

    private static final Duration RELOAD_TIMEOUT = Duration.ofMinutes(1);

    private final SecurityConfig config;
    private final Tasks tasks;
    private volatile Map<ApiKey.Reference, ApiKey> keys = Map.of();
    private String text;
    private volatile String complaint = "";
    private Cancellable ticker = () -> {};

    ApiKeys(SecurityConfig config, Tasks tasks) {
        this.config = config;
        this.tasks = tasks;
    }

    /**
     * Reads the keys, and again whenever the file has changed. Blocks.
     *
     * @throws ConfigurationException if one of them is wrong
     */
    void open() {
        Optional<Path> file = config.keysFile();
        if (file.isEmpty()) {
            keys = all(List.of());
            return;
        }
        try {
            text = KeysFile.read(file.get());
        } catch (IOException unreadable) {
            throw new ConfigurationException("eventuali.security.keys-file cannot be read: " + file.get() + " ("
                    + unreadable.getMessage() + ")");
        }
        keys = all(KeysFile.parse(file.get().toString(), text));
        // As often while the file is bad: the next good one may take a key out.
        ticker =
                tasks.tick("keys-reload", Rhythm.steady(config.keysReload(), RELOAD_TIMEOUT), () -> reload(file.get()));
    }

    void close(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Reads the file itself each time: a change that keeps size and time of the file is a change, too. */
    private void reload(Path file) {
        try {
            String now = KeysFile.read(file);
            if (!now.equals(text)) {
                keys = all(KeysFile.parse(file.toString(), now));
                text = now;
                LOG.infof("keys were read anew keys=%d", keys.size());
            }
            complaint = "";
        } catch (IOException unreadable) {
            complain("their file cannot be read: " + unreadable);
        } catch (RuntimeException wrong) {
            complain(String.valueOf(wrong.getMessage()));
        }
    }

    /** A file that cannot be used leaves everything as it is; each mistake is logged once, however often the file is looked at. */
    private void complain(String now) {
        if (!now.equals(complaint)) {
            complaint = now;
            LOG.errorf("keys are left as they are: %s", now);
        }
    }

    /** What is wrong with the file now; empty if nothing is. */
    String complaint() {
        return complaint;
    }

    private Map<ApiKey.Reference, ApiKey> all(List<ApiKey> ofFile) {
        List<ApiKey> all = new ArrayList<>();
        config.keys().forEach((name, key) -> all.add(KeySettings.of(name, key)));
        all.addAll(ofFile);
        Set<String> names = new HashSet<>();
        Set<String> hashes = new HashSet<>();
        Map<ApiKey.Reference, ApiKey> references = new HashMap<>();
        for (ApiKey key : all) {
            if (!names.add(key.name())) {
                throw new ConfigurationException("the client " + key.name()
                        + " is in the configuration and in eventuali.security.keys-file; it should be in one of them");
            }
            for (String hash : key.hashes()) {
                if (!hashes.add(hash)) {
                    throw new ConfigurationException(
                            "the key " + key.name() + " has a sha256 that another one has, too");
                }
                references.put(new ApiKey.Reference(key.name(), hash), key);
            }
        }
        return Map.copyOf(references);
    }

    /** What a key gives, if it is good now. Every key is compared, and each in full. */
    Optional<Access> find(String presented) {
        byte[] hash = Sha256.of(presented.getBytes(StandardCharsets.UTF_8));
        Optional<ApiKey.Reference> found = Optional.empty();
        for (ApiKey.Reference reference : keys.keySet()) {
            if (reference.isOf(hash)) {
                found = Optional.of(reference);
            }
        }
        return found.flatMap(reference -> access(reference, Instant.now()));
    }

    /** The key as it is set now; empty if it was taken out. */
    Optional<ApiKey> get(ApiKey.Reference reference) {
        return Optional.ofNullable(keys.get(reference));
    }

    /** What a key that was presented before gives now, if it is still good. */
    Optional<Access> access(ApiKey.Reference reference, Instant now) {
        return get(reference).filter(key -> key.isGood(now)).map(key -> access(key, reference));
    }

    Access access(ApiKey key, ApiKey.Reference reference) {
        return new Access(
                Principal.ofKey(key.name()),
                key.roles(),
                key.grant(),
                Optional.of(reference),
                key.until(),
                new KeyPermission(this, reference, key.grant(), now -> true));
    }
}
