package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Several replicas as processes on one database, with writers on all of them and a {@link History} of what happens. */
public final class Cluster implements AutoCloseable {
    private final DatabaseServer database = new DatabaseServer();
    private final List<Replica> replicas;
    private final History history = new History();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean stopWriters = new AtomicBoolean();
    private final List<CompletableFuture<Void>> writers = new ArrayList<>();

    /** Starts all replicas at once on an empty database, so that they race for its migration, too. */
    public Cluster(int size, String... options) {
        this(size, database -> Replica.launch(database, options));
    }

    /** The same with replicas of another application than the service alone. */
    public Cluster(Path runner, int size, String... options) {
        this(size, database -> Replica.launchJar(runner, database, options));
    }

    private Cluster(int size, Function<DatabaseServer, Replica> launch) {
        replicas =
                IntStream.range(0, size).mapToObj(i -> launch.apply(database)).toList();
        replicas.forEach(Replica::awaitReady);
    }

    public DatabaseServer database() {
        return database;
    }

    public Replica replica(int index) {
        return replicas.get(index);
    }

    public History history() {
        return history;
    }

    /** Addresses of all replicas in turn. */
    public Function<String, URI> anyReplica() {
        return path -> replicas.get(Math.floorMod(turn.getAndIncrement(), replicas.size()))
                .uri(path);
    }

    /** Starts writers, each on the replicas in turn; they stop after so many events in all, or by {@link #stopWriters}. */
    public void startWriters(int count, int events, int streams, long seed) {
        AtomicInteger left = new AtomicInteger(events);
        for (int i = 0; i < count; i++) {
            Writer writer = new Writer(history, anyReplica(), seed + i, streams);
            CompletableFuture<Void> done = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    while (!stopWriters.get() && left.getAndDecrement() > 0) {
                        writer.append();
                    }
                    done.complete(null);
                } catch (Throwable failure) {
                    done.completeExceptionally(failure);
                }
            });
            thread.setDaemon(true);
            thread.start();
            writers.add(done);
        }
    }

    public boolean writersDone() {
        return writers.stream().allMatch(CompletableFuture::isDone);
    }

    public void stopWriters() {
        stopWriters.set(true);
    }

    /** Waits for the writers; fails as they do. */
    public void joinWriters() {
        writers.forEach(CompletableFuture::join);
    }

    /** Waits until so many more appends were acknowledged. */
    public void awaitProgress(int appends) {
        int target = history.acknowledgedCount() + appends;
        await().atMost(Duration.ofMinutes(2)).until(() -> history.acknowledgedCount() >= target || writersDone());
    }

    /** The log as it is stored. */
    public List<History.Stored> stored() {
        try (Connection connection = database.connect()) {
            return History.stored(connection);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** Waits until a follower has seen the last of what is stored and has given up nothing. */
    public void awaitEnd(Follower follower, long lastPosition) {
        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(follower.refusal() != null || follower.lastId() >= lastPosition)
                        .as("%s, to reach %d", follower, lastPosition)
                        .isTrue());
        assertThat(follower.refusal()).isNull();
    }

    @Override
    public void close() {
        stopWriters();
        replicas.forEach(Replica::terminate);
        replicas.forEach(Replica::close);
        database.close();
    }
}
