package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.saga.SagaQuery;
import io.eventuali.saga.SagaStatus;
import io.eventuali.saga.SagaSummary;
import io.eventuali.saga.SagaTypeStatus;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** A saga in a list, on the wire. */
public record SagaView(
        String type,
        String sagaId,
        int version,
        @JsonInclude String businessKey,
        SagaStatus status,
        @JsonInclude String step,
        @JsonInclude String failure,
        @JsonInclude String halted,
        @JsonInclude Instant dueAt,
        Instant startedAt,
        Instant updatedAt,
        @JsonInclude Instant finishedAt,
        @JsonInclude String startedBy) {

    static SagaView of(SagaSummary saga) {
        return new SagaView(
                saga.type(),
                saga.sagaId(),
                saga.version(),
                saga.businessKey().orElse(null),
                saga.status(),
                saga.step().orElse(null),
                saga.failure().orElse(null),
                saga.halted().orElse(null),
                saga.dueAt().orElse(null),
                saga.startedAt(),
                saga.updatedAt(),
                saga.finishedAt().orElse(null),
                saga.startedBy().orElse(null));
    }

    /** How it is doing, without business data. */
    SagaView withoutContent() {
        return new SagaView(
                type, sagaId, version, null, status, step, null, halted, dueAt, startedAt, updatedAt, finishedAt, null);
    }

    /** Types of sagas, and a page of sagas, newest first; {@code next} goes into {@code after} for the next one. */
    public record SagaPage(
            List<SagaTypeStatus> types,
            List<SagaView> sagas,
            @JsonInclude String next) {

        static final SagaPage EMPTY = new SagaPage(List.of(), List.of(), null);

        static SagaPage of(List<SagaTypeStatus> types, List<SagaSummary> sagas, int limit, SagaSight sight) {
            SagaSummary last = sagas.size() < limit ? null : sagas.get(sagas.size() - 1);
            return new SagaPage(
                    types,
                    sagas.stream().map(SagaView::of).map(sight::of).toList(),
                    last == null ? null : cursor(new SagaQuery.Cursor(last.startedAt(), last.sagaId())));
        }
    }

    private static String cursor(SagaQuery.Cursor cursor) {
        return cursor.startedAt() + "_" + cursor.sagaId();
    }

    /** Reads what {@link SagaPage#next} was. */
    static SagaQuery.Cursor cursor(String text) {
        int bar = text.indexOf('_');
        try {
            return new SagaQuery.Cursor(Instant.parse(text.substring(0, Math.max(0, bar))), text.substring(bar + 1));
        } catch (DateTimeException malformed) {
            throw Problems.invalid("after", "must be the next of another page");
        }
    }
}
