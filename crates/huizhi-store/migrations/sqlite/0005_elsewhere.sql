-- A photo is taken by an office of ours or of a peer's; each document is used once all the same.
CREATE TABLE receipt_use_of_all (
    receipt TEXT NOT NULL REFERENCES receipt (id),
    document TEXT NOT NULL,
    office TEXT REFERENCES office (id),
    staff TEXT REFERENCES staff (id),
    -- The peer, its id of the office, what the office is called, and its name for the reservation.
    peer TEXT,
    peer_office TEXT,
    peer_office_name TEXT,
    act TEXT,
    purpose TEXT NOT NULL,
    reserved_until BIGINT NOT NULL,
    consumed_at BIGINT,
    PRIMARY KEY (receipt, document),
    CHECK ((office IS NULL) <> (peer IS NULL))
);
INSERT INTO receipt_use_of_all (receipt, document, office, staff, purpose, reserved_until, consumed_at)
    SELECT receipt, document, office, staff, purpose, reserved_until, consumed_at FROM receipt_use;
DROP TABLE receipt_use;
ALTER TABLE receipt_use_of_all RENAME TO receipt_use;

-- Photos of peers' receipts that our windows fetched. The photo itself is nowhere here.
CREATE TABLE elsewhere (
    -- Our name for the reservation.
    act TEXT PRIMARY KEY,
    peer TEXT NOT NULL,
    -- Keyed hash of the number.
    number BLOB NOT NULL,
    document TEXT NOT NULL,
    office TEXT NOT NULL REFERENCES office (id),
    staff TEXT NOT NULL REFERENCES staff (id),
    -- What is asked, sealed, because the number is in it; empty once nothing more is to be said.
    asked BLOB NOT NULL,
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
