package io.eventuali.identity;

import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Which log this replica works on. Every answer of the database is held against it; one of another log, or of one that ends before what was seen
 * of it, is not used. Then the database is asked, and if the log is another one, everybody who remembers something of it is told.
 *
 * <p>Thread-safe.
 */
@Singleton
public class LogIdentity {
    private static final Logger LOG = Logger.getLogger(LogIdentity.class);

    private final AtomicReference<LogMark> seen = new AtomicReference<>(LogMark.NONE);
    private final List<Consumer<Replacement>> forgetful = new CopyOnWriteArrayList<>();
    private final List<Consumer<Replacement>> followers = new CopyOnWriteArrayList<>();
    private volatile Runnable check = () -> {};
    private volatile Witness witness;

    /** The epoch of the log; empty until it was opened. */
    public String epoch() {
        return seen.get().epoch();
    }

    /** The furthest that was seen of the log. To be taken before a question is sent, and to be compared with the answer. */
    public LogMark seen() {
        return seen.get();
    }

    /**
     * Whether an answer is one of the log that was asked, and this log is still the one that this replica works on. If not, the answer must not be
     * used.
     *
     * @param before what was {@link #seen} before the question was sent
     * @param answer what the database said with it
     */
    public boolean confirms(LogMark before, LogMark answer) {
        if (!answer.follows(before)) {
            doubt();
            return false;
        }
        LogMark now = seen.updateAndGet(known -> known.epoch().equals(answer.epoch()) ? known.furthest(answer) : known);
        return now.epoch().equals(before.epoch());
    }

    /**
     * What a statement has to ask {@code log_follows} for that must change nothing in another log than the one of this epoch: that it is this log, and is
     * not behind what was seen of it.
     */
    public String guard(String epoch) {
        LogMark now = seen.get();
        return (now.epoch().equals(epoch) ? now : new LogMark(epoch, 0, 0)).text();
    }

    /** Has the database asked whether the log is still the same. Returns at once. */
    public void doubt() {
        check.run();
    }

    /** Who asks the database; its answer goes to {@link #found}. */
    public void onDoubt(Runnable asking) {
        check = asking;
    }

    /** The newest event that this replica has of the log of an epoch. */
    public void witnessed(String epoch, long position, UUID eventId) {
        witness = new Witness(epoch, position, eventId);
    }

    /** The newest event that this replica has of the log; empty if it has none, or one of another log. */
    public Optional<Witness> witness() {
        return Optional.ofNullable(witness).filter(event -> event.epoch().equals(epoch()));
    }

    /** Has it called when the log is another one, before those who {@link #onReplaced follow}: forget what is remembered. Must return at once. */
    public void onForget(Consumer<Replacement> listener) {
        forgetful.add(listener);
    }

    /** Has it called when the log is another one and everything of the log before was forgotten. Must return at once. */
    public void onReplaced(Consumer<Replacement> listener) {
        followers.add(listener);
    }

    /**
     * The database was asked which log it holds.
     *
     * @param incident number of the incident, if the log is another one
     * @param common the last position that it may share with the log before
     * @return what was told to everybody; empty if it is the log that was known, or the first one
     */
    public synchronized Optional<Replacement> found(LogMark mark, OptionalLong incident, long common) {
        LogMark before = seen.get();
        if (before.epoch().isEmpty() || before.epoch().equals(mark.epoch())) {
            seen.updateAndGet(known -> mark.furthest(known));
            return Optional.empty();
        }
        LOG.warnf(
                "the database holds another log than before position=%d epoch=%s, before position=%d epoch=%s incident=%s",
                mark.head(),
                mark.epoch(),
                before.head(),
                before.epoch(),
                incident.isPresent() ? incident.getAsLong() : "none");
        // From here on no answer to what was asked before is used.
        LogMark from = seen.getAndSet(mark);
        Replacement replacement = new Replacement(from, mark, incident, common);
        tell(forgetful, replacement);
        tell(followers, replacement);
        return Optional.of(replacement);
    }

    /** One that throws keeps no other from being told. */
    private static void tell(List<Consumer<Replacement>> listeners, Replacement replacement) {
        for (Consumer<Replacement> listener : listeners) {
            try {
                listener.accept(replacement);
            } catch (RuntimeException | LinkageError | StackOverflowError bug) {
                LOG.errorf(bug, "could not be told of another log: %s", listener);
            }
        }
    }

    /** An event of the log of an epoch. */
    public record Witness(String epoch, long position, UUID eventId) {}
}
