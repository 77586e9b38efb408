-- Generations of a read model: one is served, and another one may be built beside it.

CREATE SEQUENCE projection_generation;
COMMENT ON SEQUENCE projection_generation IS 'Numbers of generations; none is used twice, so what is left of one never appears in another';

ALTER TABLE projection
    ADD COLUMN generation   bigint      NOT NULL DEFAULT 0,
    ADD COLUMN serving      boolean     NOT NULL DEFAULT true,
    ADD COLUMN replay_until bigint      NOT NULL DEFAULT 0,
    ADD COLUMN started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    DROP CONSTRAINT projection_pkey,
    ADD PRIMARY KEY (name, generation);
COMMENT ON COLUMN projection.generation IS 'Which documents in projection_state and which dead letters are its own';
COMMENT ON COLUMN projection.serving IS 'Readers see this generation; the other one of the projection, if there is one, is being built';
COMMENT ON COLUMN projection.replay_until IS 'Handlers saw events up to this position before, for an earlier generation';
-- At most one that is served and one that is built.
CREATE UNIQUE INDEX projection_serving ON projection (name, serving);

-- Documents change in place; room on their page spares the index.
ALTER TABLE projection_state
    ADD COLUMN generation bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT projection_state_pkey,
    ADD PRIMARY KEY (projection, generation, key),
    SET (fillfactor = 70);

ALTER TABLE dead_letter
    ADD COLUMN generation bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT dead_letter_pkey,
    ADD PRIMARY KEY (consumer, generation, position);
DROP INDEX dead_letter_key;
CREATE INDEX dead_letter_key ON dead_letter (consumer, generation, key, position);
DROP INDEX dead_letter_requested;
CREATE INDEX dead_letter_requested ON dead_letter (consumer, generation, position) WHERE requested IS NOT NULL;

CREATE TABLE projection_garbage (
    projection text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    PRIMARY KEY (projection, generation)
);
COMMENT ON TABLE projection_garbage IS 'Generations that are gone; their documents are deleted little by little.';

CREATE TABLE projection_history (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection text COLLATE "C" NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    what       text        NOT NULL,
    replica    text        NOT NULL,
    version    integer     NOT NULL,
    position   bigint      NOT NULL,
    detail     text,
    principal  text
);
COMMENT ON COLUMN projection_history.principal IS 'Who asked for it; null if nobody did, or code of the application.';
COMMENT ON COLUMN projection_history.detail IS 'Which partition; or why it stopped: the kind of failure, a line break, and its text.';
COMMENT ON TABLE projection_history IS 'When projections started and stopped, and what operators did with them; the last 100 of each.';
CREATE INDEX projection_history_projection ON projection_history (projection, id);
