-- What event ids are made with that are derived from an Idempotency-Key, so that nobody else can work them out.
CREATE TABLE idempotency_secret (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    secret   bytea   NOT NULL CHECK (octet_length(secret) = 32)
);

COMMENT ON TABLE idempotency_secret IS 'Never changes: a retry after a change would be another append.';
COMMENT ON COLUMN idempotency_secret.secret IS 'Random; 244 bits of two UUIDs';

INSERT INTO idempotency_secret (secret) VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
