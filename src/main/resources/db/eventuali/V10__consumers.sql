-- Consumers of the log that remember how far they came: who runs them, their read models, what they could not handle.

CREATE TABLE replica (
    replica_id text        PRIMARY KEY,
    wanted     text[]      NOT NULL,
    expires_at timestamptz NOT NULL,
    given_for  interval    NOT NULL
);
COMMENT ON TABLE replica IS 'Living processes of the service, so that leases can be spread over them.';
COMMENT ON COLUMN replica.wanted IS 'Names of the leases for which this replica has the code';
COMMENT ON COLUMN replica.expires_at IS 'Clock of this server; later than that the replica counts as dead';
COMMENT ON COLUMN replica.given_for IS 'How far ahead expires_at is set; one that is further away is not to be believed';

CREATE TABLE lease (
    name       text        PRIMARY KEY,
    owner      text,
    epoch      bigint      NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    given_for  interval    NOT NULL DEFAULT '0'
);
COMMENT ON TABLE lease IS 'Who may do a piece of work. Rows are never deleted, so that epochs never go back.';
COMMENT ON COLUMN lease.owner IS 'replica.replica_id, or NULL after it was given back';
COMMENT ON COLUMN lease.epoch IS 'One more at each claim: the fencing token that what the owner writes is checked against';
COMMENT ON COLUMN lease.expires_at IS 'Clock of this server; later than that anybody may claim it';
COMMENT ON COLUMN lease.given_for IS 'How far ahead expires_at is set; one that is further away is not to be believed';

CREATE VIEW lease_held AS
SELECT name, owner, epoch
  FROM lease
 WHERE owner IS NOT NULL
   AND expires_at > clock_timestamp()
   AND expires_at <= clock_timestamp() + given_for + interval '2 seconds';
COMMENT ON VIEW lease_held IS 'Leases that somebody has now, for those who show it.';

CREATE TABLE projection (
    name             text COLLATE "C" PRIMARY KEY,
    version          integer     NOT NULL,
    position         bigint      NOT NULL DEFAULT 0,
    position_at      timestamptz,
    events           bigint      NOT NULL DEFAULT 0,
    epoch            bigint      NOT NULL DEFAULT 0,
    paused           boolean     NOT NULL DEFAULT false,
    failed_position  bigint,
    failure          text,
    failed_at        timestamptz
);
COMMENT ON TABLE projection IS 'Checkpoints of the projections that keep their documents here.';
COMMENT ON COLUMN projection.version IS 'Of the code that made the documents; newer code begins anew';
COMMENT ON COLUMN projection.position IS 'Checkpoint: every event up to this global position is in the documents, was filtered out or is a dead letter';
COMMENT ON COLUMN projection.position_at IS 'Timestamp of the event at the checkpoint';
COMMENT ON COLUMN projection.events IS 'Events handled since the projection began';
COMMENT ON COLUMN projection.epoch IS 'G8: of the lease of the owner. A write under another epoch changes nothing';
COMMENT ON COLUMN projection.paused IS 'An operator halted it';
COMMENT ON COLUMN projection.failed_position IS 'The event on which it halted by itself; NULL while it runs';
COMMENT ON COLUMN projection.failure IS 'Why it halted by itself: the kind of failure, a line break, and its text';

CREATE TABLE projection_state (
    projection text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    position   bigint NOT NULL,
    state      text   NOT NULL,
    PRIMARY KEY (projection, key)
);
COMMENT ON TABLE projection_state IS 'The documents of projections.';
COMMENT ON COLUMN projection_state.position IS 'Global position of the last event that made this document';
COMMENT ON COLUMN projection_state.state IS 'JSON text; cast to jsonb to query it';

CREATE TABLE dead_letter (
    consumer  text COLLATE "C" NOT NULL,
    position  bigint      NOT NULL,
    key       text COLLATE "C" NOT NULL,
    reason    text        NOT NULL,
    attempts  integer     NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    requested text CHECK (requested IN ('retry', 'discard')),
    PRIMARY KEY (consumer, position)
);
COMMENT ON TABLE dead_letter IS 'Events that a consumer could not handle, and those that follow them under the same key.';
COMMENT ON COLUMN dead_letter.position IS 'Global position of the event';
COMMENT ON COLUMN dead_letter.reason IS 'Why it is here: the kind of failure, a line break, and its text';
COMMENT ON COLUMN dead_letter.attempts IS '0 for an event that waits only because an earlier one of its key does';
COMMENT ON COLUMN dead_letter.requested IS 'What an operator asked for; the owner of the consumer does it';
CREATE INDEX dead_letter_key ON dead_letter (consumer, key, position);
CREATE INDEX dead_letter_requested ON dead_letter (consumer, position) WHERE requested IS NOT NULL;
