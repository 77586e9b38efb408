-- Durable consumers: workers of any language share the events of the log that pass a filter, at least once each and in order by key (G11).

CREATE TABLE consumer (
    name             text COLLATE "C" PRIMARY KEY,
    aggregate_types  text[]      NOT NULL,
    aggregate_ids    text[]      NOT NULL,
    event_types      text[]      NOT NULL,
    ordering         text        NOT NULL CHECK (ordering IN ('key', 'log', 'none')),
    max_in_flight    integer     NOT NULL,
    ack_timeout_ms   bigint      NOT NULL,
    attempts         integer     NOT NULL,
    first_wait_ms    bigint      NOT NULL,
    longest_wait_ms  bigint      NOT NULL,
    revision         integer     NOT NULL DEFAULT 1,
    on_poison        text        NOT NULL CHECK (on_poison IN ('park', 'skip', 'stop')),
    position         bigint      NOT NULL,
    settled          bigint      NOT NULL DEFAULT 0,
    paused           boolean     NOT NULL DEFAULT false,
    stopped_position bigint,
    failure          text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE consumer IS 'One row a durable consumer. Whoever claims or settles locks it, so that there is one order of both.';
COMMENT ON COLUMN consumer.aggregate_types IS 'Patterns of the filter; none: any';
COMMENT ON COLUMN consumer.ordering IS 'What is handed out one after the other: events of one aggregate, all events, or none';
COMMENT ON COLUMN consumer.ack_timeout_ms IS 'How long an event is handed out for, unless the claim asks for another time';
COMMENT ON COLUMN consumer.attempts IS 'How often an event is handed out before it is poison';
COMMENT ON COLUMN consumer.first_wait_ms IS 'Before the second attempt; it doubles with each, up to longest_wait_ms';
COMMENT ON COLUMN consumer.revision IS 'One more with each change of the settings';
COMMENT ON COLUMN consumer.position IS 'Every event up to this global position is settled, was filtered out, or has a row in consumer_event';
COMMENT ON COLUMN consumer.settled IS 'Events acknowledged since the consumer was made';
COMMENT ON COLUMN consumer.stopped_position IS 'The event on which it stopped by itself; NULL while it runs';

CREATE TABLE consumer_event (
    consumer text COLLATE "C" NOT NULL,
    position bigint      NOT NULL,
    key      text COLLATE "C" NOT NULL,
    state    text        NOT NULL CHECK (state IN ('waiting', 'claimed', 'parked')),
    attempts integer     NOT NULL DEFAULT 0,
    claim    uuid,
    member   text,
    due_at   timestamptz,
    reason   text,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, position)
);
COMMENT ON TABLE consumer_event IS 'Events that a consumer has read and that are not settled yet.';
COMMENT ON COLUMN consumer_event.key IS 'Events of one key are handed out one after the other';
COMMENT ON COLUMN consumer_event.attempts IS 'How often it was handed out';
COMMENT ON COLUMN consumer_event.claim IS 'The claim that it was handed out under; with the position, the token';
COMMENT ON COLUMN consumer_event.due_at IS 'Of a claimed event: when its claim ends. Of a waiting one: when it may be handed out; NULL: at once';
COMMENT ON COLUMN consumer_event.reason IS 'Why the last attempt failed';
COMMENT ON COLUMN consumer_event.since IS 'When it came into its state';
CREATE INDEX consumer_event_state ON consumer_event (consumer, state, position);
CREATE INDEX consumer_event_key ON consumer_event (consumer, key, position);
-- The few rows that keep others of their key from being handed out.
CREATE INDEX consumer_event_blocks ON consumer_event (consumer, key, position) WHERE state <> 'waiting' OR due_at IS NOT NULL;
CREATE INDEX consumer_event_due ON consumer_event (consumer, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE consumer_history (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer  text COLLATE "C" NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    what      text        NOT NULL,
    position  bigint,
    detail    text,
    principal text
);
COMMENT ON TABLE consumer_history IS 'What happened to a consumer, and who asked for it.';
CREATE INDEX consumer_history_consumer ON consumer_history (consumer, id);

-- The attempt at an event has failed: it waits for its next one, or, after the last one, what the consumer's settings say happens.
-- Events of its key that were handed out with it go back, too: what comes after it must not be settled before it.
CREATE FUNCTION consumer_attempt_failed(c consumer, failed bigint, why text, wait_ms bigint, final boolean) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    e    consumer_event;
    what text;
BEGIN
    SELECT * INTO e FROM consumer_event WHERE consumer = c.name AND position = failed AND state = 'claimed';
    IF NOT FOUND THEN
        RETURN;  -- It went back with an earlier one.
    END IF;
    what := CASE WHEN final THEN 'park' WHEN e.attempts >= c.attempts THEN c.on_poison END;
    IF what = 'park' THEN
        UPDATE consumer_event
           SET state = 'parked', claim = NULL, member = NULL, due_at = NULL, since = clock_timestamp(),
               attempts = CASE WHEN position = failed THEN attempts WHEN state = 'claimed' THEN attempts - 1 ELSE attempts END,
               reason = CASE WHEN position = failed THEN why END
         WHERE consumer = c.name AND key = e.key AND position >= failed AND state <> 'parked';
        RETURN;
    END IF;
    UPDATE consumer_event
       SET state = 'waiting', claim = NULL, member = NULL, since = clock_timestamp(),
           attempts = CASE WHEN position = failed THEN attempts ELSE attempts - 1 END,
           reason = CASE WHEN position = failed THEN why ELSE reason END,
           due_at = CASE WHEN position = failed AND what IS NULL
                         THEN clock_timestamp() + interval '1 ms' * coalesce(wait_ms, least(c.longest_wait_ms, c.first_wait_ms * power(2, least(e.attempts, 30) - 1)))
                    END
     WHERE consumer = c.name AND key = e.key AND position >= failed AND state = 'claimed';
    IF what = 'skip' THEN
        DELETE FROM consumer_event WHERE consumer = c.name AND position = failed;
        INSERT INTO consumer_history (consumer, what, position, detail) VALUES (c.name, 'skipped', failed, why);
    ELSIF what = 'stop' THEN
        UPDATE consumer SET stopped_position = failed, failure = why WHERE name = c.name;
        INSERT INTO consumer_history (consumer, what, position, detail) VALUES (c.name, 'stopped', failed, why);
    END IF;
END
$$;

-- Takes in what was read of the log, and hands out what is due.
--
-- outcome      claimed; or absent, changed (its settings), replaced (the log), paused, stopped: then nothing was handed out
-- read_up_to   consumer.position after it. Where it is not read_to, another replica has read, and nothing was taken in
-- room         how many more events may be read ahead of what is settled
-- due_ms       how long until the next event is due that waits for its time, or a claim ends; NULL: none does
CREATE FUNCTION consumer_claim(
    of          text,
    known       integer,     -- revision of the settings that the events were read by
    token       uuid,
    worker      text,
    wanted      integer,
    lease_ms    bigint,
    read_after  bigint,
    read_to     bigint,
    positions   bigint[],
    keys        text[],
    log         text,        -- of which all that was read is, as log_follows wants it
    OUT outcome    text,
    OUT read_up_to bigint,
    OUT room       integer,
    OUT due_ms     bigint,
    OUT claimed    bigint[],
    OUT tries      integer[]
)
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
    c         consumer;
    e         record;
    -- One for all rows: an event that becomes due while others are looked at would not be picked, and not hold up its key either.
    moment    timestamptz;
    in_flight integer;
    waiting   integer;
BEGIN
    claimed := '{}';
    tries := '{}';
    room := 0;
    SELECT * INTO c FROM consumer WHERE name = of FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    moment := clock_timestamp();
    read_up_to := c.position;
    outcome := CASE WHEN NOT log_follows(log) THEN 'replaced' WHEN c.revision <> known THEN 'changed' WHEN c.paused THEN 'paused'
                    WHEN c.stopped_position IS NOT NULL THEN 'stopped' ELSE 'claimed' END;
    IF outcome <> 'claimed' THEN
        RETURN;
    END IF;

    FOR e IN SELECT position FROM consumer_event
              WHERE consumer = of AND state = 'claimed' AND due_at <= moment ORDER BY position LOOP
        PERFORM consumer_attempt_failed(c, e.position, 'the claim ended before the event was settled', NULL, false);
    END LOOP;
    IF EXISTS (SELECT FROM consumer WHERE name = of AND stopped_position IS NOT NULL) THEN
        outcome := 'stopped';
        RETURN;
    END IF;

    IF read_after = c.position AND read_to > c.position THEN
        INSERT INTO consumer_event (consumer, position, key, state)
        SELECT of, n.position, n.key,
               CASE WHEN EXISTS (SELECT FROM consumer_event b
                                  WHERE b.consumer = of AND b.key = n.key AND b.state = 'parked'
                                    AND (b.state <> 'waiting' OR b.due_at IS NOT NULL))
                    THEN 'parked' ELSE 'waiting' END
          FROM unnest(positions, keys) AS n (position, key)
            ON CONFLICT DO NOTHING;
        UPDATE consumer SET position = read_to WHERE name = of;
        read_up_to := read_to;
    END IF;

    SELECT count(*) INTO in_flight FROM consumer_event WHERE consumer = of AND state = 'claimed';
    WITH picked AS (
        SELECT w.position FROM consumer_event w
         WHERE w.consumer = of AND w.state = 'waiting' AND (w.due_at IS NULL OR w.due_at <= moment)
           AND NOT EXISTS (SELECT FROM consumer_event b
                            WHERE b.consumer = of AND b.key = w.key AND b.position < w.position
                              AND (b.state <> 'waiting' OR b.due_at IS NOT NULL)
                              AND (b.state <> 'waiting' OR b.due_at > moment))
         ORDER BY w.position
         LIMIT greatest(0, least(wanted, c.max_in_flight - in_flight))
    ), handed AS (
        UPDATE consumer_event h
           SET state = 'claimed', claim = token, member = worker, due_at = clock_timestamp() + interval '1 ms' * lease_ms,
               attempts = attempts + 1, since = clock_timestamp()
          FROM picked
         WHERE h.consumer = of AND h.position = picked.position
        RETURNING h.position, h.attempts
    )
    SELECT coalesce(array_agg(position ORDER BY position), '{}'), coalesce(array_agg(attempts ORDER BY position), '{}')
      INTO claimed, tries FROM handed;

    SELECT count(*) INTO waiting FROM consumer_event WHERE consumer = of AND state = 'waiting';
    room := greatest(0, c.max_in_flight + 1000 - waiting);
    SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000) INTO due_ms FROM consumer_event WHERE consumer = of AND due_at IS NOT NULL;
END
$$;

-- Settles events that were handed out. Those whose claim has ended, or was never theirs, are lost: they are left alone.
--
-- unsettled   the first event that has to be settled before one that is acknowledged here; then nothing was done
CREATE FUNCTION consumer_settle(
    of        text,
    claims    uuid[],
    positions bigint[],
    verbs     text[],        -- ack, retry, park, extend
    waits_ms  bigint[],      -- of a retry: before the next attempt, NULL by the settings; of extend: until the claim ends
    reasons   text[],
    OUT outcome   text,
    OUT lost      bigint[],
    OUT unsettled bigint
)
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
    c      consumer;
    acks   bigint[];
    e      record;
    moment timestamptz;
BEGIN
    SELECT * INTO c FROM consumer WHERE name = of FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'absent';
        RETURN;
    END IF;
    outcome := 'settled';
    moment := clock_timestamp();
    SELECT coalesce(array_agg(t.position ORDER BY t.position) FILTER (WHERE h.position IS NULL), '{}'),
           coalesce(array_agg(t.position) FILTER (WHERE h.position IS NOT NULL AND t.verb = 'ack'), '{}')
      INTO lost, acks
      FROM unnest(claims, positions, verbs) AS t (claim, position, verb)
      LEFT JOIN consumer_event h
             ON h.consumer = of AND h.position = t.position AND h.claim = t.claim AND h.state = 'claimed'
            AND h.due_at > moment;

    SELECT min(b.position) INTO unsettled
      FROM consumer_event a
      JOIN consumer_event b ON b.consumer = of AND b.key = a.key AND b.position < a.position
                           AND (b.state <> 'waiting' OR b.due_at IS NOT NULL)
     WHERE a.consumer = of AND a.position = ANY (acks) AND b.position <> ALL (acks);
    IF unsettled IS NOT NULL THEN
        outcome := 'out-of-order';
        RETURN;
    END IF;

    DELETE FROM consumer_event WHERE consumer = of AND position = ANY (acks);
    UPDATE consumer SET settled = settled + cardinality(acks) WHERE name = of AND cardinality(acks) > 0;
    FOR e IN SELECT t.* FROM unnest(positions, verbs, waits_ms, reasons) AS t (position, verb, wait_ms, reason)
              WHERE t.verb <> 'ack' AND t.position <> ALL (lost) ORDER BY t.position LOOP
        IF e.verb = 'extend' THEN
            UPDATE consumer_event SET due_at = clock_timestamp() + interval '1 ms' * e.wait_ms
             WHERE consumer = of AND position = e.position AND state = 'claimed';
        ELSE
            PERFORM consumer_attempt_failed(c, e.position, e.reason, e.wait_ms, e.verb = 'park');
        END IF;
    END LOOP;
END
$$;
