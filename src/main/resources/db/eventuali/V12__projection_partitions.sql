-- Partitions of a generation: each has its share of the keys, a checkpoint and an owner of its own.

ALTER TABLE projection
    ADD COLUMN partition  integer NOT NULL DEFAULT 0,
    ADD COLUMN partitions integer NOT NULL DEFAULT 1,
    DROP CONSTRAINT projection_pkey,
    ADD PRIMARY KEY (name, generation, partition);
COMMENT ON COLUMN projection.partition IS '0, 1, 2 … below partitions; a key belongs to one of them by its hash';
COMMENT ON COLUMN projection.partitions IS 'How many the generation has, from its begin on';
-- At most one generation that is served and one that is built: each of them has a partition 0.
DROP INDEX projection_serving;
CREATE UNIQUE INDEX projection_serving ON projection (name, serving, partition);

ALTER TABLE dead_letter
    ADD COLUMN partition integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN dead_letter.partition IS 'That of the key, for projections';
