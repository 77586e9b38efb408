package io.eventuali.security;

import io.eventuali.stream.Permission;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The keys that are good now: those of the configuration, and those of a file, which may change while this runs. A key that is
 * taken out ends the streams that were opened with it.
 */
@Singleton
class ApiKeys {
    private static final Logger LOG = Logger.getLogger(ApiKeys.class);

    private final SecurityConfig config;
    private volatile List<ApiKey> keys = List.of();
    private String text;
    private Cancellable ticker = () -> {};

    ApiKeys(SecurityConfig config) {
        this.config = config;
    }

    /**
     * Reads the keys, and again whenever the file has changed. Blocks.
     *
     * @throws ConfigurationException if one of them is wrong
     */
    void open() {
        Optional<Path> file = config.keysFile();
        if (file.isEmpty()) {
            keys = all(Optional.empty());
            return;
        }
        try {
            text = Files.readString(file.get());
            keys = all(Optional.of(text));
        } catch (IOException unreadable) {
            throw new ConfigurationException("eventuali.security.keys-file cannot be read: " + file.get() + " ("
                    + unreadable.getMessage() + ")");
        }
        ticker = Multi.createFrom()
                .ticks()
                .every(config.keysReload())
                .onOverflow()
                .drop()
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .subscribe()
                .with(tick -> reload(file.get()));
    }

    void close(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** A file that cannot be used leaves everything as it is; its error is logged once. */
    private void reload(Path file) {
        try {
            String now = Files.readString(file);
            if (now.equals(text)) {
                return;
            }
            text = now;
            keys = all(Optional.of(now));
            LOG.infof("keys were read anew clients=%d", keys.size());
        } catch (IOException unreadable) {
            LOG.errorf("keys are left as they are, their file cannot be read: %s", unreadable.getMessage());
        } catch (ConfigurationException wrong) {
            LOG.errorf("keys are left as they are: %s", wrong.getMessage());
        }
    }

    private List<ApiKey> all(Optional<String> file) {
        List<ApiKey> all = new ArrayList<>();
        config.keys().forEach((name, key) -> all.add(KeySettings.of(name, key)));
        file.ifPresent(content ->
                all.addAll(KeySettings.of(config.keysFile().orElseThrow().toString(), properties(content))));
        Set<String> hashes = new HashSet<>();
        for (ApiKey key : all) {
            for (String hash : key.hashes()) {
                if (!hashes.add(hash)) {
                    throw new ConfigurationException(
                            "the key " + key.name() + " has a sha256 that another one has, too");
                }
            }
        }
        return List.copyOf(all);
    }

    private static Properties properties(String content) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(content));
        } catch (IOException | IllegalArgumentException malformed) {
            throw new ConfigurationException("eventuali.security.keys-file is not a properties file");
        }
        return properties;
    }

    /** What a key gives, if it is good now. Every key is compared, and each in full. */
    Optional<Access> find(String presented) {
        byte[] hash = Sha256.of(presented.getBytes(StandardCharsets.UTF_8));
        Optional<Access> found = Optional.empty();
        for (ApiKey key : keys) {
            Optional<ApiKey.Reference> match = key.match(hash);
            if (match.isPresent()) {
                found = Optional.of(access(key, match.get()));
            }
        }
        return found.filter(access -> access.permission().holds(Instant.now()));
    }

    private Access access(ApiKey key, ApiKey.Reference reference) {
        return new Access(
                Principal.ofKey(key.name()),
                key.roles(),
                key.grant(),
                Optional.of(reference),
                key.until(),
                permission(reference, key.until()));
    }

    /** Holds as long as the key that was used is one of the good ones. */
    Permission permission(ApiKey.Reference reference, Optional<Instant> until) {
        return now -> until.map(now::isBefore).orElse(true) && isGood(reference);
    }

    private boolean isGood(ApiKey.Reference reference) {
        for (ApiKey key : keys) {
            if (key.name().equals(reference.name()) && key.hashes().contains(reference.hash())) {
                return true;
            }
        }
        return false;
    }
}
