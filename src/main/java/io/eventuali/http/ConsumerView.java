package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.consumer.ConsumerSettings;
import io.eventuali.consumer.ConsumerStatus;
import io.eventuali.consumer.HistoryLine;
import io.eventuali.consumer.ParkedEvent;
import io.eventuali.http.SubscriptionResource.FilterView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** A durable consumer: what it wants, and how it is doing. */
@RegisterForReflection
public record ConsumerView(
        String name,
        FilterView filter,
        String order,
        int maxInFlight,
        String ackTimeout,
        RetryView retry,
        String onPoison,
        String state,
        long position,
        long lag,
        long inFlight,
        long waiting,
        long parked,
        long settled,
        @JsonInclude Instant oldestUnacknowledged,
        List<String> members,
        @JsonInclude Long stoppedPosition,
        @JsonInclude String failure,
        Instant createdAt) {

    /** @param texts whether the reader may see ids of aggregates, and what workers wrote */
    static ConsumerView of(ConsumerStatus status, long head, boolean texts) {
        ConsumerSettings settings = status.settings();
        return new ConsumerView(
                status.name(),
                FilterView.of(settings.filter(), texts),
                settings.ordering().text(),
                settings.maxInFlight(),
                Durations.text(settings.ackTimeout()),
                new RetryView(
                        settings.attempts(),
                        Durations.text(settings.firstWait()),
                        Durations.text(settings.longestWait())),
                settings.onPoison().text(),
                status.state(),
                status.position(),
                Math.max(0, head - status.position()),
                status.inFlight(),
                status.waiting(),
                status.parked(),
                status.settled(),
                status.oldestUnacknowledged().orElse(null),
                status.members(),
                status.stoppedPosition().orElse(null),
                status.failure().map(failure -> texts ? failure : "").orElse(null),
                status.createdAt());
    }

    /** How often an event is handed out, and how long it waits in between. */
    @RegisterForReflection
    public record RetryView(int attempts, String first, String longest) {}

    /** All consumers. */
    public record ConsumerList(List<ConsumerView> consumers) {}

    /** A page of dead letters, in log order; {@code next} goes into {@code after} for the next one. */
    public record ParkedPage(
            List<ParkedView> deadLetters, @JsonInclude Long next) {
        static ParkedPage of(List<ParkedEvent> found, int limit, boolean texts) {
            return new ParkedPage(
                    found.stream()
                            .limit(limit)
                            .map(parked -> ParkedView.of(parked, texts))
                            .toList(),
                    found.size() > limit ? found.get(limit - 1).position() : null);
        }
    }

    /** A dead letter. */
    public record ParkedView(long position, String key, String reason, int attempts, Instant parkedAt) {
        static ParkedView of(ParkedEvent parked, boolean texts) {
            return new ParkedView(
                    parked.position(),
                    texts ? parked.key() : "",
                    texts ? parked.reason().orElse("") : "",
                    parked.attempts(),
                    parked.parkedAt());
        }
    }

    /** What happened to a consumer, the newest first. */
    public record ConsumerHistory(List<ConsumerEvent> history) {
        static ConsumerHistory of(List<HistoryLine> lines, boolean texts) {
            return new ConsumerHistory(
                    lines.stream().map(line -> ConsumerEvent.of(line, texts)).toList());
        }
    }

    /** Something that happened to a consumer. */
    public record ConsumerEvent(
            Instant at,
            String what,
            @JsonInclude Long position,
            @JsonInclude String detail,
            @JsonInclude String principal) {
        static ConsumerEvent of(HistoryLine line, boolean texts) {
            return new ConsumerEvent(
                    line.at(),
                    line.what(),
                    line.position().orElse(null),
                    line.detail().map(detail -> texts ? detail : "").orElse(null),
                    line.principal().orElse(null));
        }
    }

    /** How many events an act was about. */
    @RegisterForReflection
    public record Affected(int events) {}
}
