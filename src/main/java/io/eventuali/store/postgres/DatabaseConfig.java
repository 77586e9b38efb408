package io.eventuali.store.postgres;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where the log is kept. */
@ConfigMapping(prefix = "eventuali")
interface DatabaseConfig {

    /** The database server. */
    Server database();

    /** The database of a developer's machine, used when no other one is configured. */
    @WithName("embedded-postgres")
    Embedded embeddedPostgres();

    /** The database server. */
    interface Server {
        /** {@code postgresql://user:password@host:port/database?sslmode=…}; sets both the reactive and the JDBC data source. */
        Optional<String> url();

        /** How long to wait at start for a database that does not answer yet. */
        @WithDefault("60s")
        Duration startTimeout();

        /** How old a snapshot may become before a warning names its holder: what changed since cannot be cleaned up until it is let go. */
        @WithDefault("10m")
        Duration snapshotWarning();
    }

    /** The database of a developer's machine. */
    interface Embedded {
        /** Whether it may be used. When unset: yes in dev and test, no in production. */
        Optional<Boolean> enabled();

        /** Where its data, binaries and log are kept. */
        @WithDefault(".eventuali/postgres")
        Path directory();

        /** TCP port on the loopback interface; 0 takes a free one. */
        @WithDefault("0")
        int port();
    }
}
