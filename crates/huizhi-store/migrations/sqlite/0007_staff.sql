-- Staff: second factors, invitations, what two persons have to agree on, and the terminals of windows.

-- Who is suspended signs in nowhere, and has no session.
ALTER TABLE staff ADD COLUMN suspended_at BIGINT;

-- When this session last proved who it is, and when it showed the second factor; NULL where it has not.
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN second_at BIGINT;
CREATE INDEX session_by_staff ON session (staff);

CREATE TABLE staff_totp (
    staff TEXT PRIMARY KEY REFERENCES staff (id),
    -- Sealed.
    secret BLOB NOT NULL,
    -- NULL until its first code was shown; until then it lets nobody in.
    confirmed_at BIGINT,
    -- The newest step whose code was used, and the wrong tries in a step.
    last_step BIGINT NOT NULL DEFAULT 0,
    tried_step BIGINT NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0
);

-- Keyed hashes of recovery codes; each is used once.
CREATE TABLE staff_recovery (
    code BLOB PRIMARY KEY,
    staff TEXT NOT NULL REFERENCES staff (id),
    used_at BIGINT
);
CREATE INDEX staff_recovery_by_staff ON staff_recovery (staff);

CREATE TABLE passkey (
    id BLOB PRIMARY KEY,
    staff TEXT NOT NULL REFERENCES staff (id),
    -- The public key: a point of P-256, uncompressed.
    point BLOB NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkey_by_staff ON passkey (staff);

-- What a passkey has to sign; keyed hashes, each used once, and only in the session that it was drawn for.
CREATE TABLE passkey_challenge (
    challenge BLOB PRIMARY KEY,
    session BLOB NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('enrol', 'prove')),
    ends_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenge_due ON passkey_challenge (ends_at);

-- Who is invited; the id becomes theirs. Of the link only a keyed hash is kept.
CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    token BLOB NOT NULL UNIQUE,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('reviewer', 'clerk', 'support', 'editor')),
    office TEXT REFERENCES office (id),
    invited_by TEXT NOT NULL REFERENCES staff (id),
    ends_at BIGINT NOT NULL,
    used_at BIGINT
);

-- What one administrator proposes and another confirms; NULL as confirmer where the machine's operator did, because there was no other.
CREATE TABLE proposal (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('role', 'reset')),
    subject TEXT NOT NULL REFERENCES staff (id),
    role TEXT,
    office TEXT REFERENCES office (id),
    proposer TEXT NOT NULL REFERENCES staff (id),
    ends_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused', 'lapsed')),
    confirmer TEXT REFERENCES staff (id),
    settled_at BIGINT,
    CHECK (confirmer IS NULL OR (confirmer <> proposer AND confirmer <> subject)),
    CHECK ((kind = 'role') = (role IS NOT NULL)),
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX proposal_open ON proposal (subject, kind) WHERE state = 'open';

-- When an office is open: minutes of its days, Monday is 1. Without a row it is always open.
CREATE TABLE office_hours (
    office TEXT NOT NULL REFERENCES office (id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    opens INTEGER NOT NULL CHECK (opens BETWEEN 0 AND 1440),
    closes INTEGER NOT NULL CHECK (closes BETWEEN 0 AND 1440),
    PRIMARY KEY (office, weekday),
    CHECK (opens <= closes)
);

-- A terminal shows a code until somebody registers it for an office; its secret is in its cookie, and here is only a keyed hash.
CREATE TABLE terminal (
    id TEXT PRIMARY KEY,
    secret BLOB NOT NULL UNIQUE,
    code BLOB UNIQUE,
    code_ends_at BIGINT,
    office TEXT REFERENCES office (id),
    registered_by TEXT REFERENCES staff (id),
    registered_at BIGINT,
    revoked_at BIGINT,
    CHECK ((office IS NULL) = (registered_at IS NULL)),
    CHECK ((office IS NULL) = (code IS NOT NULL))
);
CREATE INDEX terminal_by_office ON terminal (office);
