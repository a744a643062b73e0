-- Citizens' accounts. What a citizen signs in with is found by a keyed hash and kept sealed.
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    -- How sure it is whose it is: 2 what they say, 3 number checked, 4 face matched, 5 seen at a window.
    assurance INTEGER NOT NULL CHECK (assurance BETWEEN 2 AND 5),
    lang TEXT NOT NULL,
    -- NULL where it is reached by neither telephone nor mail.
    contact BYTEA UNIQUE,
    contact_sealed BYTEA,
    -- A PHC string; NULL where it has no password.
    password TEXT,
    -- Since when it may sign in by face; NULL where it may not.
    face_since BIGINT,
    created_at BIGINT NOT NULL,
    CHECK ((contact IS NULL) = (contact_sealed IS NULL))
);

-- Of a session's token only a keyed hash is kept.
CREATE TABLE account_session (
    token BYTEA PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account (id),
    how TEXT NOT NULL CHECK (how IN ('password', 'code', 'face', 'outside')),
    -- System and program, without versions: `iphone/wechat`.
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX account_session_by_account ON account_session (account);

-- One-time codes that wait to be typed: one a contact and purpose, both as keyed hashes.
CREATE TABLE account_code (
    contact BYTEA NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'sign-in', 'recover', 'face')),
    code BYTEA NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (contact, purpose)
);

-- When codes went out, for a day: what the limits are counted by.
CREATE TABLE account_code_sent (
    id TEXT PRIMARY KEY,
    contact BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX account_code_sent_by_contact ON account_code_sent (contact, at);
CREATE INDEX account_code_sent_by_time ON account_code_sent (at);

-- Wrong passwords, by a keyed hash of the contact, or of it and a browser that is known. They outlive a restart and are shared by all
-- processes; at midnight they are forgotten.
CREATE TABLE account_misses (
    subject BYTEA PRIMARY KEY,
    misses INTEGER NOT NULL,
    until BIGINT NOT NULL,
    forgotten_at BIGINT NOT NULL
);
