-- Times are milliseconds since 1970 (UTC), days are ISO 8601 text, ids are ULIDs. No name, number or face stands here in clear:
-- what must be found again has a keyed hash beside the sealed text.

CREATE TABLE office (
    id TEXT PRIMARY KEY,
    city TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL
);

CREATE TABLE staff (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    office TEXT REFERENCES office (id),
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE session (
    token BYTEA PRIMARY KEY,
    staff TEXT NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    city TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'unpaid', 'waiting', 'in-review', 'rejected', 'approved', 'withdrawn', 'expired')),
    price_fen BIGINT NOT NULL CHECK (price_fen >= 0),
    paid_fen BIGINT NOT NULL CHECK (paid_fen BETWEEN 0 AND price_fen),
    rules TEXT NOT NULL,
    queued_at BIGINT,
    attempt TEXT,
    lang TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- 1 for a photo with a known answer that is put before reviewers to see whether they look (security.md, row 5).
    probe INTEGER NOT NULL DEFAULT 0 CHECK (probe IN (0, 1)),
    secret BYTEA NOT NULL UNIQUE,
    secret_sealed BYTEA NOT NULL,
    applicant BYTEA,
    child INTEGER NOT NULL DEFAULT 0 CHECK (child IN (0, 1)),
    -- Wrong guesses at the last four digits, and until when no more are heard.
    misses INTEGER NOT NULL DEFAULT 0,
    deaf_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX orders_by_queue ON orders (state, queued_at);
CREATE INDEX orders_by_change ON orders (state, changed_at);

-- Browsers that may see an order.
CREATE TABLE holder (
    visitor BYTEA NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    since BIGINT NOT NULL,
    PRIMARY KEY (visitor, order_id)
);

CREATE TABLE attempt (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    ordinal INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'judged', 'unreadable', 'submitted', 'rejected', 'approved', 'dropped')),
    -- Keyed hash of the file, so that the same file sent twice is one photo.
    upload BYTEA NOT NULL,
    verdict TEXT,
    -- Rejection codes that the engine found, as JSON; what the board holds against people's.
    engine TEXT NOT NULL DEFAULT '[]',
    report BYTEA,
    error TEXT,
    reason BYTEA,
    second_look TEXT,
    round INTEGER NOT NULL DEFAULT 1,
    outcome TEXT,
    -- The known answer of a probe, as JSON.
    expected TEXT,
    created_at BIGINT NOT NULL,
    submitted_at BIGINT,
    appealed_at BIGINT,
    held_by TEXT REFERENCES staff (id),
    held_since BIGINT,
    held_until BIGINT,
    UNIQUE (order_id, ordinal)
);
CREATE UNIQUE INDEX attempt_upload ON attempt (order_id, upload) WHERE state <> 'dropped';
CREATE INDEX attempt_held ON attempt (held_by) WHERE held_by IS NOT NULL;

-- Sealed files of an attempt, each under a key of its own.
CREATE TABLE picture (
    attempt TEXT NOT NULL REFERENCES attempt (id),
    kind TEXT NOT NULL CHECK (kind IN ('original', 'preview', 'id-photo')),
    blob TEXT NOT NULL UNIQUE,
    key BYTEA NOT NULL,
    PRIMARY KEY (attempt, kind)
);

-- One decision a seat and a round; nobody sits twice.
CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    attempt TEXT NOT NULL REFERENCES attempt (id),
    round INTEGER NOT NULL,
    seat INTEGER NOT NULL CHECK (seat BETWEEN 1 AND 3),
    reviewer TEXT NOT NULL REFERENCES staff (id),
    opinion TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    open_ms BIGINT NOT NULL,
    -- 1 when the ten seconds are over and what follows from it is done.
    settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
    UNIQUE (attempt, round, seat),
    UNIQUE (attempt, round, reviewer)
);
CREATE INDEX decision_open ON decision (decided_at) WHERE settled = 0;

-- Who gave a photo back to the queue, and until when it is not put before them again.
CREATE TABLE passed (
    attempt TEXT NOT NULL REFERENCES attempt (id),
    reviewer TEXT NOT NULL REFERENCES staff (id),
    until_at BIGINT NOT NULL,
    PRIMARY KEY (attempt, reviewer)
);

CREATE TABLE receipt (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE REFERENCES orders (id),
    attempt TEXT NOT NULL UNIQUE REFERENCES attempt (id),
    state TEXT NOT NULL CHECK (state IN ('signing', 'issued', 'tombstone', 'revoked')),
    number BYTEA NOT NULL UNIQUE,
    number_sealed BYTEA,
    documents TEXT NOT NULL,
    signed TEXT NOT NULL,
    token TEXT UNIQUE,
    photo TEXT UNIQUE,
    photo_key BYTEA,
    issued_at BIGINT NOT NULL,
    valid_until TEXT NOT NULL,
    CHECK (state = 'signing' OR token IS NOT NULL)
);
CREATE INDEX receipt_by_day ON receipt (state, valid_until);

-- What windows did: each document once.
CREATE TABLE receipt_use (
    receipt TEXT NOT NULL REFERENCES receipt (id),
    document TEXT NOT NULL,
    office TEXT NOT NULL REFERENCES office (id),
    staff TEXT NOT NULL REFERENCES staff (id),
    purpose TEXT NOT NULL,
    reserved_until BIGINT NOT NULL,
    consumed_at BIGINT,
    PRIMARY KEY (receipt, document)
);

CREATE TABLE payment (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    kind TEXT NOT NULL CHECK (kind IN ('charge', 'refund')),
    fen BIGINT NOT NULL CHECK (fen > 0),
    -- NULL where it was paid, or paid back, elsewhere: see checkout.
    staff TEXT REFERENCES staff (id),
    -- NULL for a refund that is due and not yet handed out.
    done_at BIGINT,
    UNIQUE (order_id, kind)
);

-- Payments that citizens make elsewhere. The row is there before the other side is asked, so that no money comes that nobody looks for.
CREATE TABLE checkout (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    fen BIGINT NOT NULL CHECK (fen > 0),
    -- How the citizen pays, and where; NULL until the other side has said.
    way TEXT NOT NULL CHECK (way IN ('this-phone', 'code')),
    address TEXT,
    -- owed: the money came and is to go back, because the order was paid already, or was withdrawn.
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'owed', 'returned', 'over')),
    begun_at BIGINT NOT NULL,
    ask_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX checkout_open ON checkout (order_id) WHERE state = 'open';
CREATE INDEX checkout_due ON checkout (state, ask_at);

-- The outbox and the inbox: written with the cause, read by the citizen, sent by channels.
CREATE TABLE message (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    cause TEXT NOT NULL,
    happening TEXT NOT NULL,
    codes TEXT NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT,
    mail_at BIGINT,
    mail_tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_id, cause)
);

-- Files that nothing names any more; the worker deletes them.
CREATE TABLE litter (
    blob TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);

CREATE TABLE log (
    seq BIGINT PRIMARY KEY,
    entry BYTEA NOT NULL
);

CREATE TABLE log_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL,
    peaks BYTEA NOT NULL,
    root BYTEA NOT NULL,
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    signature BYTEA NOT NULL
);

-- Heads that were written down elsewhere too.
CREATE TABLE checkpoint (
    size BIGINT PRIMARY KEY,
    root BYTEA NOT NULL,
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    signature BYTEA NOT NULL
);
