-- A photo is taken by an office of ours or of a peer's; each document is used once all the same.
ALTER TABLE receipt_use ALTER COLUMN office DROP NOT NULL, ALTER COLUMN staff DROP NOT NULL;
-- The peer, its id of the office, what the office is called, and its name for the reservation.
ALTER TABLE receipt_use ADD COLUMN peer TEXT, ADD COLUMN peer_office TEXT, ADD COLUMN peer_office_name TEXT, ADD COLUMN act TEXT;
ALTER TABLE receipt_use ADD CHECK ((office IS NULL) <> (peer IS NULL));

-- Photos of peers' receipts that our windows fetched. The photo itself is nowhere here.
CREATE TABLE elsewhere (
    -- Our name for the reservation.
    act TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    -- Keyed hash of the number.
    number BYTEA NOT NULL,
    document TEXT NOT NULL,
    office TEXT NOT NULL REFERENCES office (id),
    staff TEXT NOT NULL REFERENCES staff (id),
    -- What is asked, sealed, because the number is in it; empty once nothing more is to be said.
    asked BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'to-consume', 'consumed', 'refused', 'released')),
    reserved_until BIGINT NOT NULL,
    -- When the window used it; then, when the peer says that it was used.
    used_at BIGINT,
    -- Why the peer says that it was not used.
    refusal TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    -- Until when the worker that says it is believed to live.
    held_until BIGINT NOT NULL DEFAULT 0,
    fault TEXT
);
-- Two windows never hold the same photo for the same document.
CREATE UNIQUE INDEX elsewhere_at_hand ON elsewhere (number, document) WHERE state IN ('held', 'to-consume');
CREATE INDEX elsewhere_due ON elsewhere (next_at) WHERE state = 'to-consume';
CREATE INDEX elsewhere_by_office ON elsewhere (office) WHERE state IN ('to-consume', 'refused');
