-- Which log this is. A server that was failed over, restored or put back answers as the one before did, so every read and append carries this.

CREATE TABLE log_identity (
    only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    id       text        NOT NULL,
    origin   text        NOT NULL,
    place    text        NOT NULL,
    timeline text        NOT NULL,
    counts   boolean     NOT NULL,
    writer   xid         NOT NULL DEFAULT pg_current_xact_id()::xid,
    since    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE log_identity IS 'Written when the log is opened for the first time, and when it is found to be another one than it was.';
COMMENT ON COLUMN log_identity.id IS 'Random';
COMMENT ON COLUMN log_identity.origin IS 'The first id of this log: what was restored from one log has one origin';
COMMENT ON COLUMN log_identity.place IS 'Where the row was written: system identifier of the server, empty if the server does not tell; oids of the database and of events';
COMMENT ON COLUMN log_identity.timeline IS 'Of the server when the row was written. Empty if the server does not tell';
COMMENT ON COLUMN log_identity.counts IS 'Whether the server told how far it has written its WAL';
COMMENT ON COLUMN log_identity.writer IS 'Transaction that wrote the row. That of a row which was copied, as by a dump, is another one than its xmin';

CREATE TABLE log_incident (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason      text        NOT NULL,
    from_epoch  text        NOT NULL,
    to_epoch    text        NOT NULL,
    head        bigint      NOT NULL,
    seen_head   bigint      NOT NULL,
    damage         text,
    first_position bigint,
    last_position  bigint,
    skipped_at     timestamptz,
    skipped_by     text,
    UNIQUE (first_position, last_position)
);
COMMENT ON TABLE log_incident IS 'Each time that the log was found to be another one, and each stretch of it that was found damaged.';
COMMENT ON COLUMN log_incident.damage IS 'What is wrong from first_position to last_position; NULL if the log was another one';
COMMENT ON COLUMN log_incident.skipped_at IS 'Since when projections, sagas and the relay to Kafka go on behind the damage, as an operator has said';
COMMENT ON COLUMN log_incident.reason IS 'moved: another server, database or table, or a copy of it; timeline: a promotion or a recovery to a point in time, or the server no longer tells; behind: the log or the server''s WAL ends before what was seen; differs: another event at a position that was seen; damaged: rows that cannot be read';
COMMENT ON COLUMN log_incident.head IS 'Where the log ended when that was found, or the position before the damage';
COMMENT ON COLUMN log_incident.seen_head IS 'Highest position that a replica had seen of the log before, head if none had seen more; or the last one of the damage';

CREATE TABLE log_incident_effect (
    incident bigint      NOT NULL REFERENCES log_incident ON DELETE CASCADE,
    kind     text        NOT NULL,
    name     text COLLATE "C" NOT NULL,
    position bigint      NOT NULL,
    detail   text        NOT NULL,
    PRIMARY KEY (incident, kind, name)
);
COMMENT ON TABLE log_incident_effect IS 'What an incident means for others; each replica adds what it knows.';
COMMENT ON COLUMN log_incident_effect.kind IS 'event, saga, projection, consumer or kafka';

-- Managed servers refuse some of what follows, each in its own way: then it is not known. A standby is refused, as it cannot tell where the log
-- ends.
CREATE FUNCTION log_timeline() RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'the server is a standby' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    BEGIN
        RETURN left(pg_walfile_name(pg_current_wal_flush_lsn()), 8);
    EXCEPTION
        WHEN insufficient_resources OR operator_intervention OR system_error THEN
            RAISE;
        WHEN OTHERS THEN
            RETURN '';
    END;
END
$$;

-- How far the server has written its WAL, in bytes; NULL if it does not tell.
CREATE FUNCTION log_written() RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN pg_current_wal_flush_lsn() - '0/0'::pg_lsn;
EXCEPTION
    WHEN insufficient_resources OR operator_intervention OR system_error THEN
        RAISE;
    WHEN OTHERS THEN
        RETURN NULL;
END
$$;

CREATE FUNCTION log_place() RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    server text := '';
BEGIN
    BEGIN
        SELECT c.system_identifier INTO server FROM pg_control_system() c;
    EXCEPTION
        WHEN insufficient_resources OR operator_intervention OR system_error THEN
            RAISE;
        WHEN OTHERS THEN
            server := '';
    END;
    RETURN server || '/' || (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) || '/' || 'events'::regclass::oid;
END
$$;

-- Whether two places are not the same. What one of them does not tell, says nothing.
CREATE FUNCTION log_has_moved(former text, here text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN '' IN (split_part(former, '/', 1), split_part(here, '/', 1))
        THEN substr(former, strpos(former, '/')) <> substr(here, strpos(here, '/'))
        ELSE former <> here
    END
$$;

-- Proves that a commit is confirmed, and changes nothing.
CREATE FUNCTION prove_commit() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM pg_logical_emit_message(true, 'eventuali', '');
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported OR object_not_in_prerequisite_state THEN
    -- The lock of a row is written to the WAL, too, and makes no version of it.
    PERFORM FROM log_identity FOR UPDATE;
END
$$;

-- The epoch that clients see: the id and, where the server tells it, the timeline that it has now. So what a promoted standby says is never
-- taken for what its primary said, also before anybody has renewed the id.
CREATE FUNCTION log_epoch() RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    known record;
BEGIN
    SELECT i.id, i.timeline INTO known FROM log_identity i;
    IF known.timeline = '' THEN
        RETURN known.id;
    END IF;
    RETURN known.id || '-' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8);
END
$$;

-- The epochs of this log and of those before it, the newest first.
CREATE FUNCTION log_epochs() RETURNS text[]
LANGUAGE sql STABLE
AS $$
    SELECT array_prepend(log_epoch(), coalesce((SELECT array_agg(n.from_epoch ORDER BY n.id DESC) FROM log_incident n WHERE n.damage IS NULL), '{}'))
$$;

-- What each read and append carries: epoch, head of the log, and how far the server has written its WAL, which is a counter that only grows while
-- a log is itself. VOLATILE, so that it is not older than what the same statement read. It fails on a server that no longer tells what it told
-- when the row was written; check_log_identity does not.
CREATE FUNCTION log_mark() RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    known record;
    wal   pg_lsn;
BEGIN
    SELECT i.id, i.timeline, i.counts, coalesce((SELECT e.global_position FROM events e ORDER BY e.global_position DESC LIMIT 1), 0) AS head
      INTO known
      FROM log_identity i;
    IF NOT known.counts THEN
        RETURN known.id || ' ' || known.head || ' 0';
    END IF;
    wal := pg_current_wal_flush_lsn();
    IF known.timeline = '' THEN
        RETURN known.id || ' ' || known.head || ' ' || (wal - '0/0'::pg_lsn);
    END IF;
    RETURN known.id || '-' || left(pg_walfile_name(wal), 8) || ' ' || known.head || ' ' || (wal - '0/0'::pg_lsn);
END
$$;

-- The log has a new id: says so, in the log too, and voids what was given out under the former one.
CREATE FUNCTION begin_log_incident(why text, former text, seen bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    -- More than owners change while a replica has not noticed.
    leap CONSTANT bigint := 1000;
    head bigint;
    made bigint;
    now_epoch CONSTANT text := split_part(log_mark(), ' ', 1);
BEGIN
    SELECT coalesce(max(e.global_position), 0) INTO head FROM events e;
    INSERT INTO log_incident (reason, from_epoch, to_epoch, head, seen_head)
    VALUES (why, former, now_epoch, head, greatest(seen, head))
    RETURNING id INTO made;

    UPDATE lease SET epoch = epoch + leap, owner = NULL, expires_at = '-infinity';
    UPDATE projection SET epoch = epoch + leap;
    UPDATE kafka_relay SET epoch = epoch + leap;
    UPDATE saga_intake SET epoch = epoch + leap, position = least(position, head);
    UPDATE saga_start SET after = head WHERE after > head;
    UPDATE saga_await SET after = head WHERE after > head;
    UPDATE saga SET after = head WHERE after > head;
    DELETE FROM saga_signal WHERE position > head;
    DELETE FROM projection_snapshot WHERE position > head;
    -- What is damaged beyond the end is none of this log's.
    DELETE FROM log_incident n USING log_incident this WHERE this.id = made AND n.last_position > this.head;

    INSERT INTO log_incident_effect (incident, kind, name, position, detail)
    SELECT made, 'projection', p.name, min(p.position), 'continued'
      FROM projection p WHERE p.serving GROUP BY p.name;

    PERFORM append_batch(
        ARRAY['Eventuali.Log'], ARRAY['incidents'], ARRAY[1], ARRAY[1], ARRAY[-1::bigint], ARRAY[1], ARRAY[1], ARRAY[1],
        ARRAY[gen_random_uuid()], ARRAY['LogReplaced'],
        ARRAY[json_build_object('incident', made, 'reason', why, 'from', former, 'to', now_epoch, 'position', head)::text],
        ARRAY['{}'], NULL);
    RETURN made;
END
$$;

-- Has projections, sagas and the relay to Kafka go on behind the damage at a position, and says so in the log. So they always have an event behind it
-- to come to. Number of the incident; NULL if no damage is known there.
CREATE FUNCTION skip_log_damage(here bigint, who text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    stretch log_incident%ROWTYPE;
BEGIN
    PERFORM set_config('lock_timeout', '5s', true);
    PERFORM lock_log_head();
    SELECT * INTO stretch FROM log_incident n
     WHERE here BETWEEN n.first_position AND n.last_position ORDER BY n.last_position - n.first_position DESC LIMIT 1;
    IF stretch.id IS NULL OR stretch.skipped_at IS NOT NULL THEN
        RETURN stretch.id;
    END IF;
    UPDATE log_incident n SET skipped_at = clock_timestamp(), skipped_by = who WHERE n.id = stretch.id;
    PERFORM append_batch(
        ARRAY['Eventuali.Log'], ARRAY['incidents'], ARRAY[1], ARRAY[1], ARRAY[-1::bigint], ARRAY[1], ARRAY[1], ARRAY[1],
        ARRAY[gen_random_uuid()], ARRAY['LogDamageSkipped'],
        ARRAY[json_build_object('incident', stretch.id, 'reason', stretch.damage, 'firstPosition', stretch.first_position,
                                'lastPosition', stretch.last_position)::text],
        ARRAY['{}'], NULL);
    RETURN stretch.id;
END
$$;

-- Whether the log is the one that said this of itself, as log_mark has it, and has not gone back since. What must change nothing in another log asks
-- for it. NULL of NULL.
CREATE FUNCTION log_follows(said text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    here CONSTANT text := log_mark();
BEGIN
    RETURN split_part(here, ' ', 1) = split_part(said, ' ', 1)
       AND split_part(here, ' ', 2)::bigint >= split_part(said, ' ', 2)::bigint
       AND split_part(here, ' ', 3)::bigint >= split_part(said, ' ', 3)::bigint;
END
$$;

-- Looks if the log is the one that a replica has seen, and gives it another id if it is not. Of many that look at once, one does it.
--
-- Whatever was given out under the former id is void then: epochs of leases and checkpoints go up, so that what a former owner still writes
-- changes nothing. Positions beyond the head are set to it: what comes there is new.
--
-- believed  epoch that the caller has seen; empty if it has seen none
-- seen_head, seen_wal  the furthest that it has seen under that epoch
-- common  the last position that the log may share with the one before, if it is another one
-- witness_position, witness_id  an event that it has seen, NULL if it has none
CREATE FUNCTION check_log_identity(
    believed  text,
    seen_head bigint,
    seen_wal  bigint,
    witness_position bigint,
    witness_id       uuid,
    OUT mark     text,
    OUT incident bigint,
    OUT common   bigint
)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    known  record;
    spot   CONSTANT text := log_place();
    line   CONSTANT text := log_timeline();
    wal    CONSTANT bigint := log_written();
    fresh  CONSTANT text := left(replace(gen_random_uuid()::text, '-', ''), 12) || right(gen_random_uuid()::text, 8);
    head   bigint;
    former text;
    why    text;
BEGIN
    -- Whoever asks comes back; nothing is left waiting here.
    PERFORM set_config('lock_timeout', '5s', true);
    -- No append is under way while the id changes.
    PERFORM lock_log_head();
    SELECT i.id, i.place, i.timeline, i.counts, i.writer = i.xmin AS own INTO known FROM log_identity i;
    IF NOT FOUND THEN
        INSERT INTO log_identity (id, origin, place, timeline, counts) VALUES (fresh, fresh, spot, line, wal IS NOT NULL);
        mark := log_mark();
        RETURN;
    END IF;
    former := known.id || CASE WHEN known.timeline = '' THEN '' ELSE '-' || known.timeline END;
    SELECT coalesce(max(e.global_position), 0) INTO head FROM events e;
    why := CASE
        WHEN NOT known.own OR log_has_moved(known.place, spot) THEN 'moved'
        WHEN known.timeline <> '' AND known.timeline <> line OR known.counts AND wal IS NULL THEN 'timeline'
        -- The incident by which the replica came to its log is not in this one, which was put back to before it.
        WHEN believed <> '' AND believed <> former
            AND NOT EXISTS (SELECT FROM log_incident n WHERE n.from_epoch = believed AND n.damage IS NULL) THEN 'behind'
        WHEN believed <> former THEN NULL
        WHEN head < seen_head OR wal < seen_wal THEN 'behind'
        WHEN witness_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM events e WHERE e.global_position = witness_position AND e.event_id = witness_id) THEN 'differs'
    END;
    IF why IS NOT NULL THEN
        UPDATE log_identity i
           SET id = fresh, place = spot, timeline = line, counts = wal IS NOT NULL, writer = pg_current_xact_id()::xid,
               since = clock_timestamp();
        IF why = 'behind' THEN
            incident := begin_log_incident(why, believed, seen_head);
        ELSE
            incident := begin_log_incident(why, former, CASE WHEN believed = former THEN seen_head ELSE 0 END);
        END IF;
        common := head;
    ELSIF believed <> '' AND believed <> former THEN
        -- Another replica found it out; this one may have seen more.
        UPDATE log_incident n SET seen_head = greatest(n.seen_head, check_log_identity.seen_head)
         WHERE n.id = (SELECT max(o.id) FROM log_incident o WHERE o.from_epoch = believed AND o.damage IS NULL)
        RETURNING n.id, n.head INTO incident, common;
    END IF;
    mark := log_mark();
END
$$;
