package io.eventuali.store.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory of the embedded PostgreSQL. The server itself would find out as well whether it can work there, but only after a minute of
 * waiting, and in a file of its own.
 *
 * @param path holds {@code data}, the binaries, the lock and the server's log
 */
record DataDirectory(Path path) {
    /** What a cluster has as soon as it is complete. */
    private static final List<String> PARTS = List.of("PG_VERSION", "postgresql.conf", "global/pg_control");

    private static final Set<PosixFilePermission> TOO_OPEN = Set.of(
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    Path data() {
        return path.toAbsolutePath().resolve("data");
    }

    Path log() {
        return path.resolve("server.log");
    }

    /**
     * Why a server of this version cannot keep its data here; empty if it can, or if there is nothing yet. Creates the directory.
     *
     * @param major version of the server, such as 17
     */
    Optional<String> problem(int major) {
        UserPrincipal user;
        try {
            Files.createDirectories(data());
            Path probe = Files.createTempFile(path, "probe", null);
            user = Files.getOwner(probe);
            Files.delete(probe);
        } catch (IOException notWritable) {
            return Optional.of("cannot be written to by the user " + System.getProperty("user.name") + " ("
                    + notWritable.getClass().getSimpleName() + ", owner " + owner(path) + "); " + elsewhere());
        }
        try {
            return isEmpty() ? Optional.empty() : problemOfData(major, user);
        } catch (IOException unreadable) {
            return Optional.of("cannot be read: " + unreadable + "; " + elsewhere());
        }
    }

    private Optional<String> problemOfData(int major, UserPrincipal user) throws IOException {
        if (!Files.getOwner(data()).equals(user)) {
            return Optional.of(
                    "belongs to " + owner(data()) + ", and PostgreSQL works in a directory of its own user only, "
                            + user.getName() + "; change its owner (chown -R), or " + elsewhere());
        }
        if (!Files.isReadable(data())) {
            return Optional.of("cannot be read by " + user.getName() + "; " + elsewhere());
        }
        Optional<String> missing = PARTS.stream()
                .filter(part -> !Files.exists(data().resolve(part)))
                .findFirst();
        if (missing.isPresent()) {
            return Optional.of("has data without " + missing.get()
                    + ": its first start was interrupted, or files were deleted. If no events are in it, delete "
                    + data() + "; else restore it from a backup");
        }
        String version = Files.readString(data().resolve("PG_VERSION")).trim();
        if (!version.equals(Integer.toString(major))) {
            return Optional.of("has data of PostgreSQL " + version + ", and this is PostgreSQL " + major
                    + ". Use a server of that version by EVENTUALI_DATABASE_URL, or " + elsewhere());
        }
        return tooOpen();
    }

    private Optional<String> tooOpen() throws IOException {
        Set<PosixFilePermission> granted;
        try {
            granted = Files.getPosixFilePermissions(data());
        } catch (UnsupportedOperationException noSuchPermissions) {
            return Optional.empty();
        }
        return granted.stream().anyMatch(TOO_OPEN::contains)
                ? Optional.of("has the permissions " + PosixFilePermissions.toString(granted)
                        + ", and PostgreSQL demands rwx------: chmod 700 " + data())
                : Optional.empty();
    }

    private boolean isEmpty() throws IOException {
        try (Stream<Path> files = Files.list(data())) {
            return files.findAny().isEmpty();
        }
    }

    /**
     * The command that starts the server again as it was started before; it ends when the server answers, or has failed.
     *
     * @param inNameSpace whether in a name space of its own
     * @throws IOException if it never was
     */
    List<String> startAgain(Duration timeout, boolean inNameSpace) throws IOException {
        // The first word of its options is where its program is; the others are read by the command itself.
        String postgres = Files.readString(data().resolve("postmaster.opts")).split(" \"", 2)[0];
        List<String> command = new ArrayList<>();
        if (inNameSpace) {
            // It refuses to run as root; in a name space of its own it is nobody. The library does the same.
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(Path.of(postgres).resolveSibling("pg_ctl").toString());
        command.addAll(List.of("-D", data().toString(), "-w", "-t", Long.toString(timeout.toSeconds())));
        command.addAll(List.of("-l", log().toAbsolutePath().toString(), "restart"));
        return command;
    }

    /** The last line with which the server said why it ended; empty if it said nothing. */
    Optional<String> lastFailure() {
        try (Stream<String> lines = Files.lines(log())) {
            return lines.filter(line -> line.contains("FATAL:") || line.contains("PANIC:"))
                    .reduce((earlier, later) -> later);
        } catch (IOException | java.io.UncheckedIOException unreadable) {
            return Optional.empty();
        }
    }

    private static String elsewhere() {
        return "choose another eventuali.embedded-postgres.directory";
    }

    private static String owner(Path file) {
        try {
            return Files.getOwner(file).getName();
        } catch (IOException unknown) {
            return "unknown";
        }
    }
}
