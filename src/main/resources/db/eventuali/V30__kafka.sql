-- The ways to and from Kafka: how far the relay has come, and how far topics were taken in.

CREATE TABLE kafka_relay (
    name       text COLLATE "C" PRIMARY KEY,
    position   bigint      NOT NULL,
    epoch      bigint      NOT NULL,
    moved_at   timestamptz NOT NULL DEFAULT now(),
    halted     text,
    accepted   text        NOT NULL DEFAULT ''
);
COMMENT ON COLUMN kafka_relay.halted IS 'Why it does not go on: the topic has events that the log has not';
COMMENT ON COLUMN kafka_relay.accepted IS 'Epoch of the log that an operator let go on all the same';
COMMENT ON TABLE kafka_relay IS 'Checkpoints of the relay to Kafka.';
COMMENT ON COLUMN kafka_relay.position IS 'The broker has acknowledged every event up to this global position, or the filter dropped it';
COMMENT ON COLUMN kafka_relay.epoch IS 'Of the lease of the owner. A write under another epoch changes nothing';

CREATE TABLE source_offset (
    source      text COLLATE "C" PRIMARY KEY,
    next_offset bigint      NOT NULL,
    moved_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE source_offset IS 'How far what comes from elsewhere was taken in; moved by the transaction that appends it.';
COMMENT ON COLUMN source_offset.source IS 'Consumer group, topic and partition';
COMMENT ON COLUMN source_offset.next_offset IS 'Of the first record that was not taken in';

-- append_batch, for a batch in which some requests come from such sources. A request is refused, as if a precondition of it
-- had failed, unless each of its sources is where it expects it; the sources of accepted ones are moved. So a record is
-- appended once, whoever read it how often.
--
-- A source and a request stand in one row each of the first four arrays. A request has a source once, and a batch has one
-- request of a source.
CREATE FUNCTION append_batch_from_sources(
    source_names    text[],
    source_request  integer[],
    source_expected bigint[],
    source_next     bigint[],
    stream_types    text[],
    stream_ids      text[],
    append_request  integer[],
    append_stream   integer[],
    append_expected bigint[],
    append_count    integer[],
    event_append    integer[],
    event_nth       integer[],
    event_ids       uuid[],
    event_types     text[],
    event_data      text[],
    event_metadata  text[],
    said            text,
    OUT head        bigint,
    OUT recorded    timestamptz,
    OUT stream_at   bigint[],
    OUT accepted    boolean[]
)
LANGUAGE plpgsql
AS $$
DECLARE
    nowhere CONSTANT bigint := 9223372036854775807;
    stale   integer[];
    written integer[];
BEGIN
    -- Before the head of the log, and in one order: two that meet here wait, and neither waits for the other.
    PERFORM 1 FROM source_offset o WHERE o.source = ANY (source_names) ORDER BY o.source FOR UPDATE;

    SELECT coalesce(array_agg(w.request), '{}')
      INTO stale
      FROM unnest(source_names, source_request, source_expected) AS w (source, request, expected)
      LEFT JOIN source_offset o ON o.source = w.source
     WHERE o.next_offset IS DISTINCT FROM w.expected;

    IF cardinality(stale) > 0 THEN
        SELECT array_agg(CASE WHEN a.request = ANY (stale) THEN nowhere ELSE a.expected END ORDER BY a.n)
          INTO append_expected
          FROM unnest(append_request, append_expected) WITH ORDINALITY AS a (request, expected, n);
    END IF;

    SELECT b.head, b.recorded, b.stream_at, b.accepted
      INTO head, recorded, stream_at, accepted
      FROM append_batch(stream_types, stream_ids, append_request, append_stream, append_expected, append_count,
                        event_append, event_nth, event_ids, event_types, event_data, event_metadata, said) b;

    SELECT coalesce(array_agg(DISTINCT a.request), '{}')
      INTO written
      FROM unnest(append_request, accepted) AS a (request, accepted)
     WHERE a.accepted;

    UPDATE source_offset o
       SET next_offset = w.next, moved_at = append_batch_from_sources.recorded
      FROM unnest(source_names, source_request, source_next) AS w (source, request, next)
     WHERE o.source = w.source AND w.request = ANY (written);
END
$$;
