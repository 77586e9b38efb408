package io.eventuali.support;

import com.sun.net.httpserver.HttpServer;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/** An OpenID Connect provider of its own: its two documents, and tokens signed by it or, on request, by somebody else. */
public final class Issuer implements AutoCloseable {
    private static final String KEY_ID = "first";
    private static final String AUDIENCE = "eventuali";

    private final KeyPair keys = keyPair();
    private final HttpServer server;

    public Issuer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        serve("/.well-known/openid-configuration", """
                {"issuer":"%1$s","jwks_uri":"%1$s/keys","token_endpoint":"%1$s/token","authorization_endpoint":"%1$s/auth",
                 "response_types_supported":["code"],"subject_types_supported":["public"],
                 "id_token_signing_alg_values_supported":["RS256"]}""".formatted(url()));
        RSAPublicKey key = (RSAPublicKey) keys.getPublic();
        serve(
                "/keys",
                "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}]}"
                        .formatted(KEY_ID, base64(key.getModulus()), base64(key.getPublicExponent())));
        server.start();
    }

    private void serve(String path, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        server.createContext(path, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    /** What {@code quarkus.oidc.auth-server-url} has to be. */
    public String url() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** A token as Keycloak makes them: roles of the realm in an object. */
    public String token(String user, Duration life, Set<String> roles, Map<String, ?> claims) {
        return builder(user, life, roles, claims).jws().keyId(KEY_ID).sign(keys.getPrivate());
    }

    /** A token that says the same, for another service. */
    public String foreignToken(String user, Set<String> roles) {
        return builder(user, Duration.ofMinutes(5), roles, Map.of())
                .audience("somebody-else")
                .jws()
                .keyId(KEY_ID)
                .sign(keys.getPrivate());
    }

    /** A token that says the same, signed by another key under our key's name. */
    public String forgedToken(String user, Set<String> roles) {
        return builder(user, Duration.ofMinutes(5), roles, Map.of())
                .jws()
                .keyId(KEY_ID)
                .sign(keyPair().getPrivate());
    }

    private JwtClaimsBuilder builder(String user, Duration life, Set<String> roles, Map<String, ?> claims) {
        JwtClaimsBuilder builder = Jwt.claims()
                .issuer(url())
                .audience(AUDIENCE)
                .subject(user)
                .preferredUserName(user)
                .expiresIn(life)
                .claim("realm_access", Map.of("roles", roles));
        claims.forEach(builder::claim);
        return builder;
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String base64(BigInteger number) {
        byte[] bytes = number.toByteArray();
        int sign = bytes[0] == 0 ? 1 : 0;
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(java.util.Arrays.copyOfRange(bytes, sign, bytes.length));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
