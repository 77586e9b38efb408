package com.example.shop;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** What the shop needs in production and has not in a test: a database, and no credentials. */
public class PackagedShop implements QuarkusTestResourceLifecycleManager {
    private EmbeddedPostgres server;

    @Override
    public Map<String, String> start() {
        try {
            server = EmbeddedPostgres.start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return Map.of(
                "eventuali.database.url",
                "postgresql://postgres:postgres@localhost:" + server.getPort() + "/postgres",
                "eventuali.security.enabled",
                "false",
                "quarkus.http.auth.permission.shop.policy",
                "permit");
    }

    @Override
    public void stop() {
        try {
            server.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
