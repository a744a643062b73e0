-- Photo shops that work through the interface for machines.
CREATE TABLE partner (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- Their keys; of the secret only a keyed hash.
CREATE TABLE partner_key (
    id TEXT PRIMARY KEY,
    partner TEXT NOT NULL REFERENCES partner (id),
    secret BYTEA NOT NULL,
    -- Words, with spaces between.
    scopes TEXT NOT NULL,
    -- Requests a minute.
    rate INTEGER NOT NULL CHECK (rate > 0),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- What the shop calls an order; sealed, because shops write names there.
ALTER TABLE orders ADD COLUMN reference BYTEA;

-- Requests that were sent with a key of their own, so that sending one again does nothing again.
CREATE TABLE idempotency (
    partner TEXT NOT NULL REFERENCES partner (id),
    -- Keyed hash of the request's own key.
    key BYTEA NOT NULL,
    -- Keyed hash of the request.
    request BYTEA NOT NULL,
    -- Who is at it, and until when they are believed to live.
    run TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    -- The id of what it made, written in the transaction that made it.
    effect TEXT,
    -- What was answered, sealed.
    answer BYTEA,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (partner, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
