-- The log: every event once, in the order of its global position.

CREATE TABLE stream (
    stream_id      bigint PRIMARY KEY,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    event_types    text COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (aggregate_type, aggregate_id)
);
COMMENT ON TABLE stream IS 'One row a stream. Gives it a number, so that the stream index of events is two integers.';
COMMENT ON COLUMN stream.stream_id IS 'Global position of the first event of the stream';
COMMENT ON COLUMN stream.event_types IS 'Types of its events, a line break before and after each: tells whether a reader may know of the stream without reading it. At 4,000 characters it is not complete.';

CREATE TABLE events (
    global_position bigint      NOT NULL PRIMARY KEY,
    stream_id       bigint      NOT NULL,
    stream_position bigint      NOT NULL,
    recorded_at     timestamptz NOT NULL,
    event_id        uuid        NOT NULL,
    aggregate_type  text COLLATE "C" NOT NULL,
    aggregate_id    text COLLATE "C" NOT NULL,
    event_type      text COLLATE "C" NOT NULL,
    data            text        NOT NULL,
    metadata        text        NOT NULL,
    CONSTRAINT events_event_id UNIQUE (event_id),
    CONSTRAINT events_stream_position UNIQUE (stream_id, stream_position)
);
COMMENT ON TABLE events IS 'The log. Rows are only ever added, by append_batch.';
COMMENT ON COLUMN events.global_position IS 'G1: 1, 2, 3 … without gaps, in commit order';
COMMENT ON COLUMN events.stream_position IS '1, 2, 3 … within the stream, without gaps';
COMMENT ON COLUMN events.recorded_at IS 'Clock of this server, never going back along the log';
COMMENT ON COLUMN events.data IS 'JSON text exactly as sent; cast to jsonb to query it';
COMMENT ON COLUMN events.metadata IS 'JSON object, text exactly as sent';

-- The head of the log is the newest row of events, found by the end of an index to which rows are only added. A row of its own would be
-- changed by every append, and while somebody holds an old snapshot none of its versions could be pruned: each append would step over all
-- those before it.
CREATE VIEW log_head AS
SELECT coalesce(max(global_position), 0) AS position
  FROM events;
COMMENT ON VIEW log_head IS 'Global position of the last event. What orders the log is the lock that lock_log_head takes.';

-- G1: the lock is held until commit, and let go after the commit is visible, so positions become visible in the order they are given out.
-- What is read of the head has to be read by a later statement, whose snapshot has the commit of the one before.
CREATE FUNCTION lock_log_head() RETURNS void
LANGUAGE sql VOLATILE
AS $$
    -- "evnt" in ASCII, and this table: two logs in one database do not wait for each other.
    SELECT pg_advisory_xact_lock(1702260340, 'events'::regclass::oid::bigint::bit(32)::integer);
$$;

CREATE TABLE subscription_removal (
    subscription_id text        NOT NULL,
    principal       text        NOT NULL DEFAULT '',
    removed_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subscription_id, principal)
);
COMMENT ON TABLE subscription_removal IS 'Subscriptions that an operator ended; their clients are told to stop for ever.';
COMMENT ON COLUMN subscription_removal.principal IS 'Whose subscription of this id; empty for everybody''s.';
