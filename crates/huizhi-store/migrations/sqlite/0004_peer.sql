-- Other services of the same kind, known by the two characters that their receipts' numbers begin with.
CREATE TABLE peer (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    -- Words, with spaces between.
    rights TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    -- When it last answered, and since when, and why, it does not.
    heard_at BIGINT,
    down_since BIGINT,
    fault TEXT,
    -- When it is asked for its decisions the next time, and how often that failed in a row.
    ask_at BIGINT NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE peer_key (
    peer TEXT NOT NULL REFERENCES peer (code) ON DELETE CASCADE,
    id TEXT NOT NULL,
    public BLOB NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    PRIMARY KEY (peer, id)
);

-- Envelopes that were heard: none is heard twice.
CREATE TABLE peer_heard (
    peer TEXT NOT NULL,
    jti TEXT NOT NULL,
    -- From then on its time is over anyway.
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (peer, jti)
);
CREATE INDEX peer_heard_by_end ON peer_heard (forget_at);

-- Whose reviewers decide on a city's photos, where it is not ours.
CREATE TABLE centre (
    city TEXT PRIMARY KEY,
    peer TEXT NOT NULL REFERENCES peer (code),
    since BIGINT NOT NULL
);

-- Cases that a peer decides for us, and what is to be said to it about each.
CREATE TABLE given_case (
    attempt TEXT NOT NULL REFERENCES attempt (id),
    round INTEGER NOT NULL,
    peer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('to-give', 'given', 'to-recall', 'recalled', 'decided', 'closed')),
    -- Digest of what is given, and of the decision that came.
    digest TEXT NOT NULL,
    decision TEXT,
    outcome TEXT,
    since BIGINT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    -- Until when the worker that says it is believed to live.
    held_until BIGINT NOT NULL DEFAULT 0,
    fault TEXT,
    PRIMARY KEY (attempt, round)
);
CREATE INDEX given_case_due ON given_case (next_at) WHERE state IN ('to-give', 'given', 'to-recall');
CREATE INDEX given_case_by_peer ON given_case (peer, state);

-- Cases that we decide for a peer.
CREATE TABLE taken_case (
    peer TEXT NOT NULL,
    -- The peer's id of the photo.
    attempt TEXT NOT NULL,
    round INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'decided', 'recalled', 'acknowledged')),
    -- Digest of the case; empty where it was recalled before it came.
    digest TEXT NOT NULL,
    -- Our id of the photo.
    own TEXT REFERENCES attempt (id),
    -- What was decided, as it is said.
    decision TEXT,
    since BIGINT NOT NULL,
    PRIMARY KEY (peer, attempt, round)
);
CREATE INDEX taken_case_by_own ON taken_case (own, round);
CREATE INDEX taken_case_decided ON taken_case (peer, since) WHERE state = 'decided';

-- Whose case an order is; NULL for those of our own citizens.
ALTER TABLE orders ADD COLUMN peer TEXT;
