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

-- append_batch as in V2, but a request may name a stream again where it expects nothing of it: each of its appends follows the
-- one before. Records of one partition keep their order so, whatever streams they are for.
CREATE OR REPLACE FUNCTION append_batch(
    stream_types    text[],
    stream_ids      text[],
    append_request  integer[],
    append_stream   integer[],
    append_expected bigint[],   -- -1: any, 0: no such stream yet, n: at n
    append_count    integer[],
    event_append    integer[],
    event_nth       integer[],  -- 1, 2, 3 … within its append
    event_ids       uuid[],
    event_types     text[],
    event_data      text[],
    event_metadata  text[],
    OUT head        bigint,
    OUT recorded    timestamptz,
    OUT stream_at   bigint[],
    OUT accepted    boolean[]
)
LANGUAGE plpgsql
-- The statements below touch few rows of tables that grow from nothing to very large. Plans are cached by session, so the
-- planner is kept from remembering a sequential scan that was right while the tables were empty.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
-- The planner puts a huge cost on what is switched off above, and would compile it.
SET jit = off
AS $$
DECLARE
    appends   CONSTANT integer := cardinality(append_request);
    positions bigint[];          -- of each stream, as the batch goes on
    keys      bigint[];          -- stream.stream_id of each stream, 0 while it does not exist
    fresh     boolean[];         -- streams that this batch creates
    known     text[];            -- event types of each stream, before this batch
    base      bigint[] := array_fill(-1::bigint, ARRAY[appends]);
    next      bigint;
    first     integer := 1;
    last      integer;
    fits      boolean;
    s         integer;
BEGIN
    stream_at := array_fill(0::bigint, ARRAY[appends]);
    accepted := array_fill(false, ARRAY[appends]);

    -- G1: held until commit.
    PERFORM lock_log_head();
    SELECT e.global_position, e.recorded_at INTO head, recorded FROM events e ORDER BY e.global_position DESC LIMIT 1;
    head := coalesce(head, 0);
    -- Read after the lock was obtained: the clock of a transaction that waited would be older than its predecessor's.
    recorded := greatest(clock_timestamp(), recorded);
    next := head;

    SELECT array_agg(coalesce(k.stream_id, 0) ORDER BY w.n),
           array_agg(coalesce((SELECT e.stream_position FROM events e WHERE e.stream_id = k.stream_id
                               ORDER BY e.stream_position DESC LIMIT 1), 0) ORDER BY w.n),
           array_agg(false ORDER BY w.n),
           array_agg(coalesce(k.event_types, '') ORDER BY w.n)
      INTO keys, positions, fresh, known
      FROM unnest(stream_types, stream_ids) WITH ORDINALITY AS w (aggregate_type, aggregate_id, n)
      LEFT JOIN stream k ON k.aggregate_type = w.aggregate_type AND k.aggregate_id = w.aggregate_id;

    WHILE first <= appends LOOP
        last := first;
        fits := true;
        LOOP
            s := append_stream[last];
            stream_at[last] := positions[s];
            IF append_expected[last] >= 0 AND append_expected[last] <> positions[s] THEN
                fits := false;
            END IF;
            EXIT WHEN last = appends OR append_request[last + 1] <> append_request[first];
            last := last + 1;
        END LOOP;
        IF fits THEN
            FOR a IN first..last LOOP
                s := append_stream[a];
                stream_at[a] := positions[s];
                accepted[a] := true;
                base[a] := next;
                IF keys[s] = 0 THEN
                    keys[s] := next + 1;
                    fresh[s] := true;
                END IF;
                positions[s] := positions[s] + append_count[a];
                next := next + append_count[a];
            END LOOP;
        END IF;
        first := last + 1;
    END LOOP;

    IF next = head THEN
        RETURN;
    END IF;

    -- A self-assignment makes these arrays "expanded", so that the subscripts below cost the same at any index.
    stream_types[1] := stream_types[1];
    stream_ids[1] := stream_ids[1];
    known[1] := known[1];

    INSERT INTO events (global_position, stream_id, stream_position, recorded_at, event_id,
                        aggregate_type, aggregate_id, event_type, data, metadata)
    SELECT base[e.append] + e.nth, keys[append_stream[e.append]], stream_at[e.append] + e.nth, recorded, e.id,
           stream_types[append_stream[e.append]], stream_ids[append_stream[e.append]], e.type, e.data, e.metadata
      FROM unnest(event_append, event_nth, event_ids, event_types, event_data, event_metadata)
           AS e (append, nth, id, type, data, metadata)
     WHERE base[e.append] >= 0;

    INSERT INTO stream (stream_id, aggregate_type, aggregate_id, event_types)
    SELECT keys[n.stream], stream_types[n.stream], stream_ids[n.stream], left(E'\n' || n.types, 4000)
      FROM (SELECT append_stream[e.append] AS stream, string_agg(DISTINCT e.type || E'\n', '') AS types
              FROM unnest(event_append, event_types) AS e (append, type)
             WHERE base[e.append] >= 0 AND fresh[append_stream[e.append]]
             GROUP BY 1) AS n;
    -- Most often none: a type is new to its stream once.
    UPDATE stream k
       SET event_types = left(k.event_types || n.types, 4000)
      FROM (SELECT keys[append_stream[e.append]] AS stream_id, string_agg(DISTINCT e.type || E'\n', '') AS types
              FROM unnest(event_append, event_types) AS e (append, type)
             WHERE base[e.append] >= 0 AND NOT fresh[append_stream[e.append]]
               AND length(known[append_stream[e.append]]) < 4000
               AND strpos(known[append_stream[e.append]] COLLATE "C", E'\n' || e.type || E'\n') = 0
             GROUP BY 1) AS n
     WHERE k.stream_id = n.stream_id;

    -- The doorbell of the other replicas. It carries nothing: they read what they lack.
    PERFORM pg_notify('eventuali_log', '');
END
$$;

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
                        event_append, event_nth, event_ids, event_types, event_data, event_metadata) b;

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
