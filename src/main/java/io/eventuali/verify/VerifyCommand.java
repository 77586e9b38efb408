package io.eventuali.verify;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * The command {@code verify}, which needs the database and no service. It prints each finding, and exits with 0 if the log is sound, 1 if
 * it is not, 2 for arguments that it does not understand, and 3 if the database cannot be read.
 */
public final class VerifyCommand {
    private static final String DATA_SOURCE = "quarkus.datasource.eventuali.";
    private static final int LINES = 10;

    private VerifyCommand() {}

    /** @return the exit code */
    public static int run(List<String> arguments) {
        long from;
        long to;
        try {
            from = arguments.isEmpty() ? 0 : Long.parseLong(arguments.get(0));
            to = arguments.size() < 2 ? Long.MAX_VALUE : Long.parseLong(arguments.get(1));
        } catch (NumberFormatException notOne) {
            from = -1;
            to = 0;
        }
        if (arguments.size() > 2 || from < 0 || to < from) {
            System.err.println("usage: verify [from [to]], positions: exclusive, inclusive");
            return 2;
        }
        try (Connection connection = connect(ConfigProvider.getConfig())) {
            return verify(connection, from, to);
        } catch (SQLException failed) {
            System.err.println("the database cannot be read: " + failed.getMessage()
                    + "; EVENTUALI_DATABASE_URL says where it is");
            return 3;
        }
    }

    private static Connection connect(Config config) throws SQLException {
        Properties credentials = new Properties();
        config.getOptionalValue(DATA_SOURCE + "username", String.class)
                .ifPresent(user -> credentials.setProperty("user", user));
        config.getOptionalValue(DATA_SOURCE + "password", String.class)
                .ifPresent(password -> credentials.setProperty("password", password));
        return new org.postgresql.Driver()
                .connect(config.getValue(DATA_SOURCE + "jdbc.url", String.class), credentials);
    }

    private static int verify(Connection connection, long from, long asked) throws SQLException {
        Findings findings = new Findings();
        long to = Math.min(asked, LogVerification.head(connection));
        long step = Math.max(1, (to - from) / LINES);
        long[] shown = {from};
        new LogVerification(connection, findings).run(from, to, position -> {
            if (position - shown[0] >= step) {
                shown[0] = position;
                System.out.printf("position %d of %d, %d findings%n", position, to, findings.count());
            }
            return true;
        });
        findings.list()
                .forEach(finding -> System.out.printf(
                        "%s %d-%d: %s%n", finding.check(), finding.first(), finding.last(), finding.detail()));
        System.out.printf(
                "%d events looked at, %d findings: the log is %s%n",
                Math.max(0, to - from), findings.count(), findings.count() == 0 ? "sound" : "damaged");
        return findings.count() == 0 ? 0 : 1;
    }
}
