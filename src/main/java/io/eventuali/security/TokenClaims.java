package io.eventuali.security;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import io.eventuali.event.InvalidEventException;
import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.stream.NamePattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a provider says of a token that it has signed, or was asked about. Signature and end were looked at before; here each claim
 * that matters has to be of its type and within bounds, or the token is refused.
 */
final class TokenClaims {
    /** Claims as they were sent: of two with one name a reader could take either. */
    private static final ObjectMapper STRICT = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    /** The end of the year 9999, which every clock, log and database on the way can write down. */
    private static final double LATEST = 253_402_300_799d;
    /** How far a provider's clock may be ahead. */
    private static final Duration SKEW = Duration.ofMinutes(1);
    /** OpenID Connect allows a subject 255 characters; an issuer is a URL. */
    private static final Pattern SUBJECT = Pattern.compile("[^\\p{C}]{1,255}");

    private static final Pattern ISSUER = Pattern.compile("[^\\p{C}]{1,1000}");

    private final JsonNode claims;

    private TokenClaims(JsonNode claims) {
        this.claims = claims;
    }

    /**
     * Reads claims.
     *
     * @throws AccessRefusedException if they are not a JSON object, or name a claim twice
     */
    static TokenClaims of(String json) {
        try {
            JsonNode claims = STRICT.readTree(json);
            if (claims != null && claims.isObject()) {
                return new TokenClaims(claims);
            }
        } catch (JsonProcessingException malformed) {
            // Refused below, as any other that cannot be read.
        }
        throw refused("has no readable claims");
    }

    /**
     * Whose token it is.
     *
     * @param provider the issuer of a token whose claims do not name one, if that is known
     * @throws AccessRefusedException if issuer or subject is missing, or not a printable text
     */
    Principal principal(Optional<String> provider) {
        JsonNode issuer = claims.path("iss");
        String named = issuer.isMissingNode() && provider.isPresent() ? provider.get() : issuer.textValue();
        if (named == null || !ISSUER.matcher(named).matches()) {
            throw refused("does not say who issued it");
        }
        String subject = claims.path("sub").textValue();
        if (subject == null || !SUBJECT.matcher(subject).matches()) {
            throw refused("does not say whose it is");
        }
        return Principal.ofToken(named, subject);
    }

    /**
     * When the token ends; empty if it does not say.
     *
     * @throws AccessRefusedException if one of its times is not a time, or it was issued in the future
     */
    Optional<Instant> until(Instant now) {
        time("nbf");
        if (time("iat").filter(now.plus(SKEW)::isBefore).isPresent()) {
            throw refused("was issued in the future");
        }
        return time("exp");
    }

    private Optional<Instant> time(String name) {
        JsonNode claim = claims.path(name);
        if (claim.isMissingNode()) {
            return Optional.empty();
        }
        double seconds = claim.isNumber() ? claim.doubleValue() : -1;
        if (!(seconds >= 0 && seconds <= LATEST)) {
            throw refused("has a time that is none (" + name + ")");
        }
        return Optional.of(Instant.ofEpochSecond((long) seconds));
    }

    /**
     * The patterns of a claim: a list has one in each member, a text has one in each word. A claim that is there and is neither, or
     * has a member that is no pattern, grants nothing.
     *
     * @param path name of the claim, or names with {@code /} between them that lead into objects
     * @return empty if there is no such claim
     */
    Optional<List<NamePattern>> patterns(String path) {
        JsonNode claim = find(path);
        if (claim.isMissingNode()) {
            return Optional.empty();
        }
        try {
            return Optional.of(texts(claim).stream().map(NamePattern::of).toList());
        } catch (InvalidEventException malformed) {
            return Optional.of(List.of());
        }
    }

    /** A claim that has a slash in its own name is found, too. What stands where an object should be cannot be read: it is null. */
    private JsonNode find(String path) {
        if (claims.has(path)) {
            return claims.get(path);
        }
        JsonNode found = claims;
        for (String part : path.split("/")) {
            if (!found.isMissingNode()) {
                found = found.isObject() ? found.path(part) : NullNode.instance;
            }
        }
        return found;
    }

    private static List<String> texts(JsonNode claim) {
        if (claim.isTextual()) {
            return Stream.of(claim.textValue().split(" "))
                    .filter(word -> !word.isEmpty())
                    .toList();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode member : claim.isArray() ? claim : STRICT.createArrayNode()) {
            if (!member.isTextual()) {
                return List.of();
            }
            texts.add(member.textValue());
        }
        return texts;
    }

    private static AccessRefusedException refused(String why) {
        return new AccessRefusedException(Reason.UNAUTHENTICATED, "the token " + why);
    }
}
