-- What the service makes of texts that clients choose, so that nobody else can work it out: seals of tickets, and event ids.
CREATE TABLE log_secret (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    secret   bytea   NOT NULL CHECK (octet_length(secret) = 32)
);

COMMENT ON TABLE log_secret IS 'Never changes: a retry after a change would be another append.';
COMMENT ON COLUMN log_secret.secret IS 'Random; 244 bits of two UUIDs. Each use has a key of its own made of it';

INSERT INTO log_secret (secret) VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
