-- What tickets are sealed with, so that every replica can tell a made-up one without asking here.
CREATE TABLE ticket_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    secret   bytea   NOT NULL CHECK (octet_length(secret) = 32)
);

COMMENT ON TABLE ticket_key IS 'The key of the seal on tickets. It opens nothing by itself: a ticket has to be in its own table as well.';
COMMENT ON COLUMN ticket_key.secret IS 'Random; 244 bits of two UUIDs';

INSERT INTO ticket_key (secret) VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
