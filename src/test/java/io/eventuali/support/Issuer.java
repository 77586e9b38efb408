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
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * An OpenID Connect provider of its own: its two documents, and tokens signed by it or, on request, by somebody else. Its key can be
 * changed, it can be out of order for a while, and it counts what is asked of it.
 */
public final class Issuer implements AutoCloseable {
    private static final String AUDIENCE = "eventuali";

    private final HttpServer server;
    private final AtomicInteger keyRequests = new AtomicInteger();
    private final AtomicInteger introspections = new AtomicInteger();
    private volatile SigningKey key = new SigningKey();
    private volatile boolean available = true;

    /** The key that signs now, under a name of its own. */
    private record SigningKey(String id, KeyPair pair) {
        SigningKey() {
            this(UUID.randomUUID().toString(), keyPair());
        }

        String document() {
            RSAPublicKey key = (RSAPublicKey) pair.getPublic();
            return "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}]}"
                    .formatted(id, base64(key.getModulus()), base64(key.getPublicExponent()));
        }
    }

    public Issuer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        String configuration = """
            {"issuer":"%1$s","jwks_uri":"%1$s/keys","token_endpoint":"%1$s/token","authorization_endpoint":"%1$s/auth",
             "introspection_endpoint":"%1$s/introspection",
             "response_types_supported":["code"],"subject_types_supported":["public"],
             "id_token_signing_alg_values_supported":["RS256"]}\
            """.formatted(url());
        serve("/.well-known/openid-configuration", () -> configuration);
        serve("/keys", () -> {
            keyRequests.incrementAndGet();
            return key.document();
        });
        serve("/introspection", () -> {
            introspections.incrementAndGet();
            return "{\"active\":false}";
        });
        server.start();
    }

    private void serve(String path, Supplier<String> json) {
        server.createContext(path, exchange -> {
            byte[] body = json.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(available ? 200 : 503, available ? body.length : -1);
            if (available) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
    }

    /** From now on another key signs, and the one before is good for nothing. */
    public void rotate() {
        key = new SigningKey();
    }

    /** Whether it answers with what was asked for, or with an error. */
    public void setAvailable(boolean available) {
        this.available = available;
    }

    /** How often its keys were asked for. */
    public int keyRequests() {
        return keyRequests.get();
    }

    /** How often it was asked about one token. */
    public int introspections() {
        return introspections.get();
    }

    /** What {@code quarkus.oidc.auth-server-url} has to be. */
    public String url() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** A token as Keycloak makes them: roles of the realm in an object. */
    public String token(String user, Duration life, Set<String> roles, Map<String, ?> claims) {
        return builder(user, life, roles, claims)
                .jws()
                .keyId(key.id())
                .sign(key.pair().getPrivate());
    }

    /** A token with these claims, whatever they are. */
    public String signed(String claims) {
        SigningKey signing = key;
        String content = base64("{\"alg\":\"RS256\",\"kid\":\"" + signing.id() + "\"}") + "." + base64(claims);
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(signing.pair().getPrivate());
            signature.update(content.getBytes(StandardCharsets.US_ASCII));
            return content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A token that says the same, for another service. */
    public String foreignToken(String user, Set<String> roles) {
        return builder(user, Duration.ofMinutes(5), roles, Map.of())
                .audience("somebody-else")
                .jws()
                .keyId(key.id())
                .sign(key.pair().getPrivate());
    }

    /** A token that says the same, signed by another key under our key's name. */
    public String forgedToken(String user, Set<String> roles) {
        return builder(user, Duration.ofMinutes(5), roles, Map.of())
                .jws()
                .keyId(key.id())
                .sign(keyPair().getPrivate());
    }

    /** A token that says the same, signed by the given key under a name that nobody has published. */
    public String madeUpToken(String user, Set<String> roles, KeyPair stranger) {
        return builder(user, Duration.ofMinutes(5), roles, Map.of())
                .jws()
                .keyId(UUID.randomUUID().toString())
                .sign(stranger.getPrivate());
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

    /** A new pair of keys. */
    public static KeyPair keyPair() {
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
