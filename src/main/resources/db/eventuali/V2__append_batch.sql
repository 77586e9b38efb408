-- Appends what one replica has gathered from many requests, in one call and one transaction.
--
-- A batch has streams, requests, appends and events. An append is a run of events for one stream; a request is one or
-- more appends that succeed or fail together; appends are ordered by request, events by append. All numbering is from 1.
-- A request whose precondition fails is left out and reported; the others are written. A request may name a stream again where it expects
-- nothing of it: each of its appends follows the one before. Records of one partition of a topic keep their order so.
--
-- head        position of the log before the batch; event n of the accepted ones gets head + n
-- recorded    timestamp of all of them
-- stream_at   for each append the position of its stream just before it
-- accepted    for each append whether it was written
--
-- said        what the log said of itself to the caller, as log_mark has it. If it is another log now, or has gone back, nothing is written and all
--             that comes out is NULL. Asked under the lock of the log, under which a log gets another id. NULL asks for nothing
--
-- An event id that is in the log already raises unique_violation on events_event_id and nothing is written.
CREATE FUNCTION append_batch(
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
    said            text,
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
    IF NOT log_follows(said) THEN
        stream_at := NULL;
        accepted := NULL;
        RETURN;
    END IF;
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
                -- One without events only demands where its stream is.
                IF keys[s] = 0 AND append_count[a] > 0 THEN
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

-- Appends an event of 32 kB and takes it back: fails where an append would, for want of room above all.
CREATE FUNCTION append_and_undo() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    -- Of digits in no order, which the server cannot compress.
    filler CONSTANT text := (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 1024));
BEGIN
    PERFORM append_batch(ARRAY['Probe'], ARRAY['probe'], ARRAY[1], ARRAY[1], ARRAY[-1::bigint], ARRAY[1], ARRAY[1], ARRAY[1],
                         ARRAY[gen_random_uuid()], ARRAY['Probe'], ARRAY[to_json(filler)::text], ARRAY['{}']);
    RAISE EXCEPTION USING ERRCODE = 'EV001';
EXCEPTION
    -- The end of the block undoes what was done in it.
    WHEN SQLSTATE 'EV001' THEN NULL;
END
$$;

-- The last position whose event is older than the given time, or 0. Timestamps never go back along the log and positions
-- are dense, so a binary search needs no index on the timestamp.
CREATE FUNCTION position_before(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
    nearby record;
BEGIN
    SELECT position INTO high FROM log_head;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        -- Where a row is missing, the next one stands for it.
        SELECT e.global_position, e.recorded_at INTO nearby
          FROM events e WHERE e.global_position >= middle ORDER BY e.global_position LIMIT 1;
        IF nearby.recorded_at < moment THEN
            low := nearby.global_position;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
