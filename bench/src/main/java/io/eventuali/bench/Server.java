package io.eventuali.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;

/** Another project's server as a process of its own, on a free port, in a directory that goes with it. */
final class Server implements AutoCloseable {
    private final Process process;
    private final Path directory;
    private final int port;

    private Server(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** nginx with the nchan module; one channel, published at {@code /pub}, followed at {@code /sub}. */
    static Server nchan() {
        return start("nchan", (directory, port) -> {
            write(directory.resolve("nginx.conf"), """
                    load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
                    daemon off;
                    user root;
                    worker_processes auto;
                    worker_rlimit_nofile 20000;
                    pid %1$s/pid;
                    error_log %1$s/error.log crit;
                    events { worker_connections 10000; }
                    http {
                      access_log off;
                      client_body_temp_path %1$s/body;
                      keepalive_requests 1000000000;
                      nchan_max_reserved_memory 512M;
                      server {
                        listen 127.0.0.1:%2$d backlog=4096;
                        location /pub {
                          nchan_publisher;
                          nchan_channel_id bench;
                          nchan_message_buffer_length 50000;
                          nchan_message_timeout 10m;
                        }
                        location /sub {
                          nchan_subscriber eventsource;
                          nchan_channel_id bench;
                          nchan_subscriber_first_message newest;
                        }
                      }
                    }
                    """.formatted(directory, port));
            return List.of("nginx", "-c", directory.resolve("nginx.conf").toString(), "-p", directory.toString());
        });
    }

    /** NATS, without storage unless {@code jetStream}. It may buffer as much for a subscriber as it wants. */
    static Server nats(boolean jetStream) {
        return start("nats", (directory, port) -> {
            write(directory.resolve("nats.conf"), """
                    listen: "127.0.0.1:%d"
                    max_pending: 2GB
                    write_deadline: "120s"
                    %s
                    """.formatted(
                            port, jetStream ? "jetstream { store_dir: \"" + directory + "\" }" : ""));
            return List.of("nats-server", "-c", directory.resolve("nats.conf").toString());
        });
    }

    /** Redis that has each command on disk before it answers. */
    static Server redis() {
        return start(
                "redis",
                (directory, port) -> List.of(
                        "redis-server",
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        directory.toString(),
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "always",
                        "--auto-aof-rewrite-percentage",
                        "0",
                        "--save",
                        ""));
    }

    /** One Kafka broker that is its own controller. */
    static Server kafka() {
        return start("kafka", (directory, port) -> {
            Path settings = directory.resolve("server.properties");
            write(settings, """
                    process.roles=broker,controller
                    node.id=1
                    controller.quorum.voters=1@localhost:%3$d
                    controller.listener.names=CONTROLLER
                    listeners=PLAINTEXT://localhost:%2$d,CONTROLLER://localhost:%3$d
                    listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                    log.dirs=%1$s/data
                    num.partitions=3
                    offsets.topic.replication.factor=1
                    transaction.state.log.replication.factor=1
                    transaction.state.log.min.isr=1
                    group.initial.rebalance.delay.ms=0
                    """.formatted(directory, port, Programs.freePort()));
            Programs.output(
                    Duration.ofMinutes(1),
                    List.of(
                            "java",
                            "-cp",
                            libraries(),
                            "kafka.tools.StorageTool",
                            "format",
                            "-t",
                            "4L6g3nShT-eMCtK--X86sw",
                            "-c",
                            settings.toString()));
            return List.of("java", "-Xmx1g", "-cp", libraries(), "kafka.Kafka", settings.toString());
        });
    }

    /** Class path of the broker and of Kafka's tools. */
    static String libraries() {
        return Path.of(System.getProperty("bench.home"), "target", "lib", "*").toString();
    }

    private static Server start(String name, BiFunction<Path, Integer, List<String>> command) {
        int port = Programs.freePort();
        try {
            Path directory = Files.createTempDirectory("eventuali-bench-" + name);
            Process process = new ProcessBuilder(command.apply(directory, port))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("out.log").toFile())
                    .start();
            for (int attempt = 0; !listens(port); attempt++) {
                if (attempt == 200 || !process.isAlive()) {
                    Programs.stop(process, "TERM");
                    throw new IllegalStateException(
                            name + " does not start:\n" + Files.readString(directory.resolve("out.log")));
                }
                Programs.pause(Duration.ofMillis(50));
            }
            return new Server(process, directory, port);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        Programs.stop(process, "TERM");
        Programs.deleteTree(directory);
    }
}
