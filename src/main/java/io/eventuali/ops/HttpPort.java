package io.eventuali.ops;

import io.quarkus.runtime.LaunchMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/**
 * The address that the service is to listen at. Quarkus listens last, after the database was started and migrated; somebody whose port is
 * taken should know at once.
 *
 * @param host name or address
 * @param port 1 to 65535
 */
record HttpPort(String host, int port) {
    static final int HIGHEST = 65_535;

    /** Says to all class loaders of this process that it listens already: dev mode keeps its port when it reloads. */
    private static final String CHECKED = "io.eventuali.http-port-checked";

    /** Empty where the service listens at no fixed port, or where that cannot be known beforehand. */
    static Optional<HttpPort> of(Config config) {
        boolean listens = LaunchMode.current() != LaunchMode.TEST
                && isTrue(config, "quarkus.http.host-enabled", true)
                && !"disabled".equals(text(config, "quarkus.http.insecure-requests"))
                && !isTrue(config, "quarkus.http.so-reuse-port", false);
        int port = config.getOptionalValue("quarkus.http.port", Integer.class).orElse(0);
        String host = text(config, "quarkus.http.host");
        return listens && port > 0 && port <= HIGHEST && host != null
                ? Optional.of(new HttpPort(host, port))
                : Optional.empty();
    }

    /** What to say if the service cannot listen there; asked once in the life of a process. */
    Optional<String> complaint() {
        return System.setProperty(CHECKED, "true") == null ? fault() : Optional.empty();
    }

    Optional<String> fault() {
        try (ServerSocket probe = new ServerSocket()) {
            // As the service itself will: connections that linger from an earlier process do not count.
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return Optional.empty();
        } catch (UnknownHostException unknown) {
            return Optional.of("quarkus.http.host is " + host + ", which is no name or address of this machine");
        } catch (IOException refused) {
            String reason = String.valueOf(refused.getMessage());
            if (reason.contains("assign")) {
                return Optional.of("quarkus.http.host is " + host + ", which is no address of this machine");
            }
            if (reason.contains("ermission")) {
                return Optional.of("port " + port
                        + " is only for processes with special rights: choose another port by quarkus.http.port");
            }
            return Optional.of("port " + port + " of " + host
                    + " is taken by another process: stop that, or choose another port by quarkus.http.port");
        }
    }

    private static boolean isTrue(Config config, String key, boolean otherwise) {
        return config.getOptionalValue(key, Boolean.class).orElse(otherwise);
    }

    private static String text(Config config, String key) {
        return config.getOptionalValue(key, String.class).orElse(null);
    }
}
