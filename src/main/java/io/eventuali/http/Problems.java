package io.eventuali.http;

import io.eventuali.consumer.ConsumerException;
import io.eventuali.consumer.Token;
import io.eventuali.event.InvalidEventException;
import io.eventuali.saga.SagaVerb;
import io.eventuali.saga.SagaVerbException;
import io.eventuali.store.EventStoreException.EventIdConflict;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.EventStoreException.OutcomeUnknown;
import io.eventuali.store.EventStoreException.Overloaded;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.LogDamage;
import io.eventuali.store.ReservedStreamException;
import jakarta.ws.rs.core.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Every problem document of the API (RFC 9457). Types are stable; clients may branch on them.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>
 */
public final class Problems {
    private static final int TOO_MANY_REQUESTS = 429;

    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    private static final String OVERLOADED = "The replica is overloaded";

    /** Media type of a problem document (RFC 9457). */
    static final String MEDIA_TYPE = "application/problem+json";

    private Problems() {}

    /** A field of the request breaks a rule. */
    public static Problem invalid(String field, String rule) {
        return problem("invalid-request", "Invalid request", 400, field + " " + rule)
                .with("field", field)
                .with("rule", rule);
    }

    static Problem invalid(InvalidEventException invalid) {
        return invalid(invalid.field(), invalid.rule());
    }

    static Problem versionConflict(VersionConflict conflict) {
        return problem("version-conflict", "The stream is not where the request expects it", 412, conflict.getMessage())
                .with("aggregateType", conflict.stream().aggregateType())
                .with("aggregateId", conflict.stream().aggregateId())
                .with("expectedPosition", conflict.expected())
                .with("actualPosition", conflict.actual());
    }

    /** For those who are not to know where the stream is. */
    static Problem versionConflictUnseen(VersionConflict conflict) {
        return problem(
                        "version-conflict",
                        "The stream is not where the request expects it",
                        412,
                        "the stream %s is not where the append expects it".formatted(conflict.stream()))
                .with("aggregateType", conflict.stream().aggregateType())
                .with("aggregateId", conflict.stream().aggregateId())
                .with("expectedPosition", conflict.expected());
    }

    /** For those who may know everything. */
    static Problem eventIdConflict(EventIdConflict conflict) {
        return eventIdConflict(
                conflict.eventId(),
                conflict.getMessage(),
                conflict.places().stream()
                        .filter(place -> place.eventId().equals(conflict.eventId()))
                        .findFirst());
    }

    /** @param place where the id was used before, if the caller may know */
    static Problem eventIdConflict(UUID eventId, Optional<EventIdConflict.Place> place) {
        return eventIdConflict(
                eventId, "event id " + eventId + " was used before, with other content or in another request", place);
    }

    private static Problem eventIdConflict(UUID eventId, String detail, Optional<EventIdConflict.Place> place) {
        Problem problem = problem("event-id-conflict", "An event id was used before with other content", 409, detail)
                .with("eventId", eventId.toString());
        return place.map(known -> problem.with("aggregateType", known.stream().aggregateType())
                        .with("aggregateId", known.stream().aggregateId())
                        .with("streamPosition", known.streamPosition()))
                .orElse(problem);
    }

    static Problem eventTooLarge(EventTooLargeException tooLarge) {
        return problem("event-too-large", "An event is too large", 413, tooLarge.getMessage())
                .with("field", tooLarge.field())
                .with("limit", tooLarge.limit());
    }

    static Problem requestTooLarge(long limit) {
        return problem(
                        "request-too-large",
                        "The request is too large",
                        413,
                        "a request's body must have at most %d bytes".formatted(limit))
                .with("field", "body")
                .with("limit", limit);
    }

    static Problem unsupportedMediaType() {
        return problem(
                        "unsupported-media-type",
                        "Unsupported media type",
                        415,
                        "the body must be declared with a Content-Type that this path takes, such as application/json")
                .with("field", HttpHeaders.CONTENT_TYPE);
    }

    static Problem overloaded(Overloaded overloaded) {
        return problem("overloaded", OVERLOADED, TOO_MANY_REQUESTS, overloaded.getMessage())
                .withHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(overloaded.retryAfter())));
    }

    static Problem tooManyBodies(Duration retryAfter) {
        return problem(
                        "overloaded",
                        OVERLOADED,
                        TOO_MANY_REQUESTS,
                        "the bodies of requests that are under way take all the memory that they may;"
                                + " nothing was written")
                .withHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(retryAfter)));
    }

    static Problem bodyTooSlow() {
        return problem(
                "request-timeout",
                "The request came too slowly",
                408,
                "the body did not come in time; nothing was written");
    }

    static Problem methodNotAllowed() {
        return problem("method-not-allowed", "Method not allowed", 405, "this path does not have this method");
    }

    static Problem httpVersionNotSupported() {
        return problem(
                "http-version-not-supported",
                "HTTP version not supported",
                505,
                "the version has to be HTTP/1.0, HTTP/1.1 or HTTP/2");
    }

    static Problem storeUnavailable(String detail, Duration retryAfter) {
        return problem("store-unavailable", "The database does not answer", 503, detail)
                .withHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(retryAfter)));
    }

    static Problem outcomeUnknown(OutcomeUnknown unknown, Duration retryAfter) {
        return problem("outcome-unknown", "It is not known whether the events were stored", 503, unknown.getMessage())
                .with("eventIds", unknown.eventIds())
                .withHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(retryAfter)));
    }

    static Problem logDamaged(LogDamaged failure) {
        Problem problem = problem(
                        "log-damaged",
                        "The log is damaged here",
                        500,
                        failure.getMessage() + "; what is before and after can be read")
                .with("reason", failure.damage().reason().text());
        LogDamage damage = failure.damage();
        if (damage.last() > 0) {
            problem = problem.with("firstPosition", damage.first()).with("lastPosition", damage.last());
        }
        return failure.streamPosition() > 0 ? problem.with("streamPosition", failure.streamPosition()) : problem;
    }

    static Problem internalError() {
        return problem("internal-error", "Internal error", 500, "the service failed; its log has the cause");
    }

    /** Something that the request names does not exist. */
    public static Problem notFound(String type, String detail) {
        return problem(type, "Not found", 404, detail);
    }

    static Problem unauthorized(String detail) {
        return problem("unauthorized", "Unauthorized", 401, detail);
    }

    static Problem forbidden(String detail) {
        return problem("forbidden", "Forbidden", 403, detail);
    }

    static Problem notGranted(String aggregateType, String eventType) {
        return problem(
                        "forbidden",
                        "Forbidden",
                        403,
                        "the credentials do not allow to append %s to %s".formatted(eventType, aggregateType))
                .with("aggregateType", aggregateType)
                .with("eventType", eventType);
    }

    static Problem notGranted(String aggregateType) {
        return problem(
                        "forbidden",
                        "Forbidden",
                        403,
                        "the credentials do not allow to expect something of streams of " + aggregateType)
                .with("aggregateType", aggregateType);
    }

    static Problem reservedStream(ReservedStreamException reserved) {
        return problem(
                        "reserved-stream",
                        "The stream is reserved",
                        403,
                        reserved.getMessage() + "; nothing was written")
                .with("aggregateType", reserved.aggregateType());
    }

    static Problem rateLimited(String detail, Duration retryAfter) {
        return problem("rate-limited", "Too many requests", TOO_MANY_REQUESTS, detail)
                .withHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(retryAfter)));
    }

    static Problem noPlace(String detail, Duration retryAfter) {
        return problem("no-place", "There is no place", TOO_MANY_REQUESTS, detail)
                .withHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(retryAfter)));
    }

    static Problem ambiguousSubscription(String id) {
        return problem(
                "ambiguous-subscription",
                "Several principals have a subscription of this name",
                409,
                "several principals have a subscription %s: say whose by ?principal=".formatted(shown(id)));
    }

    static Problem notCaughtUp(String projection, long asked) {
        return problem(
                        "not-caught-up",
                        "The projection has not come so far",
                        504,
                        "the projection %s did not come to position %d in time".formatted(projection, asked))
                .with("position", asked);
    }

    static Problem earlierDeadLetter(long position, long first) {
        return problem(
                        "earlier-dead-letter",
                        "An earlier dead letter comes first",
                        409,
                        "the dead letter %d of the same key has to be settled before %d".formatted(first, position))
                .with("position", first);
    }

    static Problem claimLost(ConsumerException.ClaimLost failure) {
        return problem("claim-lost", "A claim has ended", 409, failure.getMessage())
                .with("lost", failure.lost().stream().map(Token::text).toList());
    }

    static Problem settledOutOfOrder(ConsumerException.OutOfOrder failure) {
        return problem("settled-out-of-order", "An earlier event of the key is not settled", 409, failure.getMessage())
                .with("position", failure.position());
    }

    static Problem tooManyConsumers(ConsumerException.TooMany failure) {
        return problem("too-many-consumers", "There may be no more consumers", 409, failure.getMessage());
    }

    static Problem notRebuildable(String projection) {
        return problem(
                "not-rebuildable",
                "The projection cannot be rebuilt",
                409,
                "the projection %s writes tables of its own, where rows cannot be there twice: reset it"
                        .formatted(projection));
    }

    static Problem rebuildInProgress(String projection) {
        return problem(
                "rebuild-in-progress",
                "A rebuild is under way",
                409,
                "the projection %s is being rebuilt; discard that first to begin anew".formatted(projection));
    }

    static Problem verifyInProgress() {
        return problem(
                "verify-in-progress",
                "The log is being recounted",
                409,
                "a recount of the log is under way; wait until it is done");
    }

    static Problem notPausable(String projection) {
        return problem(
                "not-pausable",
                "The projection cannot be paused",
                409,
                "the projection %s is kept in memory, by every replica for itself".formatted(projection));
    }

    static Problem verbNotAllowed(SagaVerbException refused) {
        return problem("verb-not-allowed", "That does not fit the state of the saga", 409, refused.getMessage())
                .with("verb", refused.verb().wireName())
                .with("sagaStatus", refused.status().wireName())
                .with(
                        "allowedVerbs",
                        refused.allowed().stream()
                                .map(SagaVerb::wireName)
                                .sorted()
                                .toList());
    }

    static Problem problem(String type, String title, int status, String detail) {
        return Problem.of(type(type), title, status, detail);
    }

    /** A client's own text, as far as an answer may repeat it: short, and nothing that a terminal or a log would act on. */
    static String shown(String text) {
        String start = text.length() > 100 ? text.substring(0, 100) + "…" : text;
        return UNPRINTABLE.matcher(start).replaceAll("?");
    }

    static URI type(String name) {
        return URI.create("/problems/" + name);
    }

    private static long seconds(Duration duration) {
        return Math.max(1, duration.toSeconds());
    }
}
