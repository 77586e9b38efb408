-- The last time that the log was recounted, or the one that is under way, for all replicas to tell. One row.
CREATE TABLE log_verification (
    only_row      boolean     NOT NULL DEFAULT true PRIMARY KEY CHECK (only_row),
    id            uuid        NOT NULL,
    replica       text        NOT NULL,
    status        text        NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    position      bigint      NOT NULL,
    all_findings  bigint      NOT NULL DEFAULT 0,
    findings      text        NOT NULL DEFAULT '[]',
    reason        text
);
COMMENT ON COLUMN log_verification.findings IS 'The first of them, as JSON';
