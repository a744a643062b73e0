-- Templates for signing in by face, apart from everything else, so that they can go alone.
CREATE TABLE face (
    account TEXT PRIMARY KEY REFERENCES account (id),
    -- The likeness under a random key of its own, and that key wrapped by the master key.
    template BYTEA NOT NULL,
    wrapped_key BYTEA NOT NULL,
    enrolled_at BIGINT NOT NULL,
    -- When somebody last signed in by it; at first, when it was enrolled.
    used_at BIGINT NOT NULL
);
CREATE INDEX face_by_use ON face (used_at);

-- Movements that were asked. Each is answered once.
CREATE TABLE face_challenge (
    -- Keyed hash of the nonce.
    nonce BYTEA PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('enrol', 'sign-in')),
    steps TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX face_challenge_by_account ON face_challenge (account);
CREATE INDEX face_challenge_by_age ON face_challenge (issued_at);

-- Tries that did not match, by account.
CREATE TABLE face_failure (
    account TEXT PRIMARY KEY REFERENCES account (id),
    failures INTEGER NOT NULL,
    last_at BIGINT NOT NULL
);
