-- People of an account: its owner, children and wards. Name, number and birth are sealed.
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    relation TEXT NOT NULL CHECK (relation IN ('myself', 'child', 'ward')),
    details BYTEA NOT NULL,
    -- Where, by whom and when the proof of the relation was seen at a window.
    seen_office TEXT REFERENCES office (id),
    seen_staff TEXT REFERENCES staff (id),
    seen_at BIGINT,
    -- Keyed hash of the code by which they are handed over to an account of their own, and until when it is good.
    code BYTEA UNIQUE,
    code_until BIGINT,
    misses INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX person_by_account ON person (account);
CREATE UNIQUE INDEX person_owner ON person (account) WHERE relation = 'myself';

-- For whom of an account an order is.
ALTER TABLE orders ADD COLUMN person TEXT;
CREATE INDEX orders_by_person ON orders (person) WHERE person IS NOT NULL;

-- What was consented to. A row is never changed but for its withdrawal.
CREATE TABLE consent (
    account TEXT NOT NULL REFERENCES account (id),
    -- For whom a guardian gave it; empty where somebody gave it for themselves.
    person TEXT NOT NULL,
    purpose TEXT NOT NULL,
    version TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (account, person, purpose, given_at)
);

-- Where entries of the log stand that tell of somebody's look at something, so that its owner can be shown them. Made from the
-- log, and no part of what is signed.
CREATE TABLE log_look (
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (subject, seq)
);
