-- Snapshots of projections in memory, from which a process goes on when it starts.

CREATE TABLE projection_snapshot (
    projection text COLLATE "C" PRIMARY KEY,
    version    integer     NOT NULL,
    position   bigint      NOT NULL,
    events     bigint      NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE projection_snapshot IS 'The newest snapshot of each projection in memory that asks for one.';
COMMENT ON COLUMN projection_snapshot.version IS 'Of the code that made it; other code does not use it';
COMMENT ON COLUMN projection_snapshot.position IS 'Every event up to this global position is in it';
COMMENT ON COLUMN projection_snapshot.events IS 'Events handled for it';

CREATE TABLE projection_snapshot_document (
    projection text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    snapshot   bigint  NOT NULL,
    key        text COLLATE "C" NOT NULL,
    position   bigint  NOT NULL,
    state      text    NOT NULL,
    PRIMARY KEY (projection, version, snapshot, key)
);
COMMENT ON TABLE projection_snapshot_document IS 'The documents of a snapshot; those of an older one are deleted when the next one is written.';
COMMENT ON COLUMN projection_snapshot_document.snapshot IS 'projection_snapshot.position';
COMMENT ON COLUMN projection_snapshot_document.position IS 'Global position of the last event that made this document';
