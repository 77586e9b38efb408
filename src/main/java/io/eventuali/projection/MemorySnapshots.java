package io.eventuali.projection;

import io.smallrye.mutiny.Uni;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** When a projection in memory writes a snapshot, and whether it is too large for one. One is written at a time. */
final class MemorySnapshots {
    private static final Logger LOG = Logger.getLogger(MemorySnapshots.class);

    private final Projection<?> projection;
    private final SnapshotTable table;
    private final String log;
    private final long maxCharacters;
    private final AtomicBoolean writing = new AtomicBoolean();
    private volatile long written;
    private boolean complained;

    /** @param maxCharacters of the documents and their keys; a larger snapshot is not written */
    MemorySnapshots(Projection<?> projection, SnapshotTable table, long maxCharacters) {
        this.projection = projection;
        this.table = table;
        this.log = table.log();
        this.maxCharacters = maxCharacters;
    }

    Uni<Optional<Snapshot>> read() {
        return table.read(projection.name(), projection.version());
    }

    /** It goes on from there. */
    void restored(Snapshot snapshot) {
        written = snapshot.position();
        LOG.infof(
                "projection goes on from a snapshot projection=%s position=%d documents=%d",
                projection.name(), snapshot.position(), snapshot.documents().size());
    }

    /** What is there cannot be read by the code that made it: it begins at the start of the log. */
    void unreadable(RuntimeException failure) {
        LOG.warnf(
                "projection cannot read its snapshot and begins anew projection=%s: %s",
                projection.name(), failure.getMessage());
    }

    /** Whether so many positions have been gone over since the last snapshot that it is time for one. */
    boolean isDue(long position) {
        return position - written >= projection.snapshotEvery() && !writing.get();
    }

    /** Writes a snapshot in the background. One that cannot be written is left to the next one. */
    void write(Snapshot snapshot) {
        if (writing.compareAndSet(false, true)) {
            write(snapshot, projection.snapshotEvery() / 2 + 1L)
                    .onTermination()
                    .invoke(() -> writing.set(false))
                    .subscribe()
                    .with(done -> {}, failure -> LOG.debugf("snapshot not written: %s", failure.getMessage()));
        }
    }

    /** Writes the last snapshot before the process ends. */
    Uni<Void> writeLast(Snapshot snapshot) {
        return snapshot.position() > written
                ? write(snapshot, 1)
                : Uni.createFrom().voidItem();
    }

    private Uni<Void> write(Snapshot snapshot, long ahead) {
        written = snapshot.position();
        long characters = snapshot.characters();
        if (characters > maxCharacters) {
            complain(characters);
            return Uni.createFrom().voidItem();
        }
        return table.write(projection.name(), log, snapshot, ahead);
    }

    private void complain(long characters) {
        if (!complained) {
            complained = true;
            LOG.warnf(
                    "projection is too large for a snapshot projection=%s characters=%d limit=%d",
                    projection.name(), characters, maxCharacters);
        }
    }
}
