-- Where in the log the events of a kind are: an index that is written behind the appends, a range of 4,096 positions at a time, so that it costs
-- them nothing. It ends at log_index.position; what comes after that is read as it is.

CREATE TABLE event_kind (
    kind           integer          NOT NULL PRIMARY KEY,
    aggregate_type text COLLATE "C" NOT NULL,
    event_type     text COLLATE "C" NOT NULL,
    UNIQUE (aggregate_type, event_type)
);
COMMENT ON TABLE event_kind IS 'A number for each pair of types that the indexed part of the log has, up to 10,000. Rows are only ever added.';

CREATE TABLE kind_positions (
    kind    integer NOT NULL,
    after   bigint  NOT NULL,
    events  integer NOT NULL,
    offsets smallint[],
    PRIMARY KEY (kind, after)
);
COMMENT ON TABLE kind_positions IS 'One row for each kind that a range of positions has';
COMMENT ON COLUMN kind_positions.kind IS 'Of event_kind. 0: the range was not whole, or was changed by hand, and has to be read as it is. -1: events of kinds without a number';
COMMENT ON COLUMN kind_positions.after IS 'Exclusive start of the range';
COMMENT ON COLUMN kind_positions.offsets IS 'Positions of the events less "after", in order; NULL if they are more than an eighth of the range, which is then read as it is';

CREATE TABLE log_index (
    only_row boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (only_row),
    position bigint  NOT NULL
);
COMMENT ON TABLE log_index IS 'Up to where the log is in kind_positions. Its lock is what makes one writer of many.';
INSERT INTO log_index (position) VALUES (0);

-- Indexes the next ranges that the log has filled, if nobody else is at it. Returns up to where it is indexed and how many ranges were added.
--
-- A position that is seen was committed after all those below it (G1), so a range is complete once its last position is there.
CREATE FUNCTION index_log(
    ranges       integer,
    OUT indexed  bigint,
    OUT added    integer
)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    size      CONSTANT integer := 4096;
    max_kinds CONSTANT integer := 10000;
    head      bigint;
    present   bigint;
BEGIN
    added := 0;
    SELECT i.position INTO indexed FROM log_index i FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        SELECT i.position INTO indexed FROM log_index i;
        RETURN;
    END IF;
    SELECT position INTO head FROM log_head;
    WHILE added < ranges AND indexed + size <= head LOOP
        INSERT INTO event_kind (kind, aggregate_type, event_type)
        SELECT numbered.kind, numbered.aggregate_type, numbered.event_type
          FROM (SELECT coalesce((SELECT max(k.kind) FROM event_kind k), 0) + row_number() OVER () AS kind,
                       fresh.aggregate_type, fresh.event_type
                  FROM (SELECT e.aggregate_type, e.event_type FROM events e
                         WHERE e.global_position > indexed AND e.global_position <= indexed + size
                         GROUP BY 1, 2) AS fresh
                 WHERE NOT EXISTS (SELECT FROM event_kind k
                                    WHERE k.aggregate_type = fresh.aggregate_type AND k.event_type = fresh.event_type)
               ) AS numbered
         WHERE numbered.kind <= max_kinds;

        WITH ranged AS (
            INSERT INTO kind_positions (kind, after, events, offsets)
            SELECT k.kind, indexed, found.events, CASE WHEN found.events <= size / 8 THEN found.offsets END
              FROM (SELECT e.aggregate_type, e.event_type, count(*) AS events,
                           array_agg((e.global_position - indexed)::smallint ORDER BY e.global_position) AS offsets
                      FROM events e
                     WHERE e.global_position > indexed AND e.global_position <= indexed + size
                     GROUP BY 1, 2) AS found
              JOIN event_kind k ON k.aggregate_type = found.aggregate_type AND k.event_type = found.event_type
            RETURNING events)
        SELECT coalesce(sum(r.events), 0) INTO present FROM ranged r;
        IF present < size THEN
            INSERT INTO kind_positions (kind, after, events)
            SELECT CASE WHEN count(*) = size THEN -1 ELSE 0 END, indexed, size - present FROM events e
             WHERE e.global_position > indexed AND e.global_position <= indexed + size;
        END IF;
        indexed := indexed + size;
        added := added + 1;
    END LOOP;
    IF added > 0 THEN
        UPDATE log_index i SET position = indexed;
    END IF;
END
$$;

-- The service only adds events. Ranges that an operator changes by hand are read as they are from then on, so that every reader comes to what
-- is missing there; positions that are taken away at the end are given out again, so the index forgets them.
CREATE FUNCTION events_changed() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    size    CONSTANT integer := 4096;
    indexed bigint;
    head    bigint;
    changed bigint[];
BEGIN
    -- An operator may have come without the path of the service. It is set back at the end of the function.
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA), true);
    -- Waits for the writer of the index, who may not have seen the change.
    SELECT i.position INTO indexed FROM log_index i FOR UPDATE;
    SELECT position INTO head FROM log_head;
    IF head < indexed THEN
        indexed := head / size * size;
        UPDATE log_index i SET position = indexed;
        DELETE FROM kind_positions p WHERE p.after >= indexed;
    END IF;
    IF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT (g.global_position - 1) / size * size) INTO changed FROM gone g;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(DISTINCT (u.global_position - 1) / size * size) INTO changed
          FROM (SELECT global_position FROM gone UNION ALL SELECT global_position FROM come) AS u;
    END IF;
    INSERT INTO kind_positions (kind, after, events)
    SELECT 0, c.after, 0 FROM unnest(changed) AS c (after) WHERE c.after < indexed
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER events_deleted AFTER DELETE ON events
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION events_changed();
CREATE TRIGGER events_updated AFTER UPDATE ON events
    REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION events_changed();
CREATE TRIGGER events_truncated AFTER TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_changed();

-- How many events of a stream are at or below a position of the log: both go up together. A binary search, since the stream's index does not
-- have the positions of the log.
CREATE FUNCTION events_of_stream(stream bigint, up_to bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
    found  bigint;
BEGIN
    -- A stream has the number of its first event.
    IF up_to < stream THEN
        RETURN 0;
    END IF;
    SELECT e.stream_position, e.global_position INTO high, found FROM events e
     WHERE e.stream_id = stream ORDER BY e.stream_position DESC LIMIT 1;
    IF high IS NULL OR found <= up_to THEN
        RETURN coalesce(high, 0);
    END IF;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        -- The next one that is there.
        IF (SELECT e.global_position FROM events e WHERE e.stream_id = stream AND e.stream_position >= middle
             ORDER BY e.stream_position LIMIT 1) <= up_to THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
