-- Sagas. Their streams in the log are the truth; these tables say which of them need somebody, when, and what they wait for.

CREATE TABLE saga (
    type         text COLLATE "C" NOT NULL,
    saga_id      text COLLATE "C" NOT NULL,
    partition    integer     NOT NULL,
    version      integer     NOT NULL,
    business_key text COLLATE "C",
    claimed_key  text COLLATE "C",
    status       text        NOT NULL,
    step         text,
    failure      text,
    halted       text,
    position     bigint      NOT NULL DEFAULT 0,
    after        bigint      NOT NULL,
    due_at       timestamptz,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    request      text,
    started_by   text,
    PRIMARY KEY (type, saga_id)
);
COMMENT ON TABLE saga IS 'One row a saga, made of its events; finished ones leave after a while.';
COMMENT ON COLUMN saga.partition IS 'Which lease of the type it belongs to';
COMMENT ON COLUMN saga.version IS 'Of the code that started it';
COMMENT ON COLUMN saga.claimed_key IS 'business_key while it is taken: until the saga is finished';
COMMENT ON COLUMN saga.position IS 'Stream position up to which this row was made; 0 while the stream is empty';
COMMENT ON COLUMN saga.after IS 'Global position after which an event counts for what it awaits';
COMMENT ON COLUMN saga.due_at IS 'When somebody who does not run it already has to look at it: its earliest timer, or the past while it is being run. NULL: never';
COMMENT ON COLUMN saga.request IS 'What its first event is to be, in case that whoever started it died before appending it';
COMMENT ON COLUMN saga.started_by IS 'The principal that asked for it; NULL if an event or the application did';
CREATE UNIQUE INDEX saga_claimed_key ON saga (type, claimed_key) WHERE claimed_key IS NOT NULL;
CREATE INDEX saga_due ON saga (type, partition, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX saga_started ON saga (started_at DESC, saga_id DESC);
CREATE INDEX saga_business_key ON saga (business_key) WHERE business_key IS NOT NULL;
CREATE INDEX saga_running ON saga (type, status, after) WHERE finished_at IS NULL;
CREATE INDEX saga_stuck ON saga (type) WHERE status = 'compensation_failed' OR halted IS NOT NULL;
CREATE INDEX saga_finished ON saga (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE saga_intake (
    type     text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    epoch    bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE saga_intake IS 'How far the log was read for sagas of a type: to start them, for what they await, and for the rows of saga.';
COMMENT ON COLUMN saga_intake.epoch IS 'Of the lease of the reader. A write under another epoch changes nothing';

CREATE TABLE saga_start (
    type       text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    after      bigint NOT NULL,
    PRIMARY KEY (type, event_type)
);
COMMENT ON TABLE saga_start IS 'Which events start sagas of a type, and since when: a rule that is added to the code is not for what was there before.';
COMMENT ON COLUMN saga_start.after IS 'Global position after which such an event starts one: the head of the log when the first replica with the rule was started';

CREATE TABLE saga_await (
    type    text COLLATE "C" NOT NULL,
    saga_id text COLLATE "C" NOT NULL,
    step    text COLLATE "C" NOT NULL,
    key     text COLLATE "C" NOT NULL,
    after   bigint NOT NULL,
    PRIMARY KEY (type, saga_id, step)
);
COMMENT ON TABLE saga_await IS 'Steps that wait for an event with this key.';
COMMENT ON COLUMN saga_await.after IS 'Global position after which an event counts';
CREATE INDEX saga_await_key ON saga_await (type, step, key);

CREATE TABLE saga_signal (
    type     text COLLATE "C" NOT NULL,
    step     text COLLATE "C" NOT NULL,
    key      text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (type, step, key, position)
);
COMMENT ON TABLE saga_signal IS 'Events that sagas of a type may wait for, also those that came before a saga got to its step.';
COMMENT ON COLUMN saga_signal.position IS 'Global position of the event';
CREATE INDEX saga_signal_position ON saga_signal (type, position);
