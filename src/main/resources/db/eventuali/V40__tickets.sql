-- Tickets with which browsers open a stream. They live for seconds, so nothing is lost if they are after a crash: unlogged.
CREATE UNLOGGED TABLE ticket (
    ticket_hash     bytea       PRIMARY KEY,
    principal_kind  text        NOT NULL,
    issuer          text        NOT NULL,
    subject         text        NOT NULL,
    roles           text[]      NOT NULL,
    aggregate_types text[]      NOT NULL,
    event_types     text[]      NOT NULL,
    projections     text[]      NOT NULL,
    key_hash        text,
    permitted_until timestamptz,
    expires_at      timestamptz NOT NULL
);

COMMENT ON TABLE ticket IS 'Access of a principal for one stream; a row is deleted when it is used, or has expired.';
COMMENT ON COLUMN ticket.ticket_hash IS 'SHA-256 of the secret in the ticket, which is known to its browser alone.';
COMMENT ON COLUMN ticket.principal_kind IS 'KEY, TOKEN or ANONYMOUS; with issuer and subject it is who asked for the ticket.';
COMMENT ON COLUMN ticket.issuer IS 'Provider of the token; empty for a key.';
COMMENT ON COLUMN ticket.subject IS 'Client of the key, or owner of the token.';
COMMENT ON COLUMN ticket.key_hash IS 'SHA-256 of the API key it comes from, in hexadecimal; null for a token.';
COMMENT ON COLUMN ticket.permitted_until IS 'When the credential ends, and with it the stream; null if it does not by itself.';

CREATE INDEX ticket_expires_at ON ticket (expires_at);
