package io.eventuali.store.postgres;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/**
 * Refuses a pooler that gives each transaction another session. What is set or listened for on a connection would be another's, and
 * statements would fail one by one, much later.
 */
final class PoolerCheck {
    private static final int ROUNDS = 3;

    private PoolerCheck() {}

    /** @throws ConfigurationException if there is such a pooler */
    static void run(DataSource dataSource) throws SQLException {
        try (Connection first = dataSource.getConnection()) {
            // A pooler tells its clients a number of its own, with which they would cancel.
            if (first.unwrap(PGConnection.class).getBackendPID() == session(first)) {
                return;
            }
            try (Connection second = dataSource.getConnection()) {
                if (swaps(first, second)) {
                    throw new ConfigurationException(
                            "the database is behind a pooler that gives each transaction another"
                                    + " session (transaction or statement pooling), and Eventuali keeps state in its sessions; set the"
                                    + " pooler to session pooling (PgBouncer: pool_mode=session), or connect to the server itself");
                }
            }
        }
    }

    /** Makes both busy at once and frees them in both orders, so that whatever the pooler gives out next, one of them is seen to change. */
    private static boolean swaps(Connection first, Connection second) throws SQLException {
        int ofFirst = session(first);
        int ofSecond = session(second);
        if (ofFirst == ofSecond) {
            return true;
        }
        for (int round = 0; round < ROUNDS; round++) {
            Connection holder = round % 2 == 0 ? first : second;
            Connection other = holder == first ? second : first;
            holder.setAutoCommit(false);
            try {
                if (session(holder) != (holder == first ? ofFirst : ofSecond)
                        || session(other) != (other == first ? ofFirst : ofSecond)) {
                    return true;
                }
                holder.commit();
            } finally {
                holder.setAutoCommit(true);
            }
            if (session(second) != ofSecond || session(first) != ofFirst) {
                return true;
            }
        }
        return false;
    }

    private static int session(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet pid = statement.executeQuery("SELECT pg_backend_pid()")) {
            pid.next();
            return pid.getInt(1);
        }
    }
}
