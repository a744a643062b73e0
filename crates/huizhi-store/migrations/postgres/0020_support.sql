-- Inquiries to support. Who asks is a keyed hash, as with those who hold orders; what is said is sealed.
CREATE TABLE inquiry (
    id TEXT PRIMARY KEY,
    -- Keyed hash of the browser or the account that asks.
    visitor BYTEA NOT NULL,
    -- The order that it is about; whoever holds it reads the inquiry too.
    order_id TEXT REFERENCES orders (id),
    topic TEXT NOT NULL,
    lang TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'waiting', 'closed')),
    asked_at BIGINT NOT NULL,
    -- By when the first answer was promised, by the hours of that day.
    due_at BIGINT NOT NULL,
    first_answer_at BIGINT,
    -- Since when it waits for staff.
    waits_since BIGINT,
    changed_at BIGINT NOT NULL,
    -- Who sees to it.
    staff TEXT REFERENCES staff (id),
    closed_at BIGINT,
    closed_by TEXT CHECK (closed_by IN ('citizen', 'staff', 'service')),
    rating TEXT CHECK (rating IN ('good', 'fair', 'poor')),
    -- Place of the newest answer, and up to which place the citizen has read.
    answered_to INTEGER NOT NULL DEFAULT 0,
    read_to INTEGER NOT NULL DEFAULT 0,
    CHECK ((state = 'open') = (waits_since IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK (rating IS NULL OR state = 'closed')
);
CREATE INDEX inquiry_by_visitor ON inquiry (visitor);
CREATE INDEX inquiry_by_order ON inquiry (order_id);
CREATE INDEX inquiry_waiting ON inquiry (waits_since) WHERE state = 'open';
CREATE INDEX inquiry_by_state ON inquiry (state, changed_at);
CREATE INDEX inquiry_by_time ON inquiry (asked_at);

-- What is said in an inquiry. A note is read by staff only.
CREATE TABLE inquiry_message (
    id TEXT PRIMARY KEY,
    inquiry TEXT NOT NULL REFERENCES inquiry (id),
    -- From 1 on; two who write at once do not get the same.
    place INTEGER NOT NULL CHECK (place > 0),
    author TEXT NOT NULL CHECK (author IN ('citizen', 'staff', 'note')),
    staff TEXT REFERENCES staff (id),
    -- The words, sealed.
    said BYTEA NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (inquiry, place),
    CHECK ((author = 'citizen') = (staff IS NULL))
);

-- The picture of a message: a sealed file, and its key, wrapped.
CREATE TABLE inquiry_file (
    message TEXT PRIMARY KEY REFERENCES inquiry_message (id),
    blob TEXT NOT NULL UNIQUE,
    key BYTEA NOT NULL
);

-- What staff say often. It is about nobody, and so stands in clear.
CREATE TABLE canned_answer (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
