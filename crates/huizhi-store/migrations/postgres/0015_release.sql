-- The release of a day at an office, with its waiting room.
CREATE TABLE release (
    id TEXT PRIMARY KEY,
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT NOT NULL,
    day TEXT NOT NULL,
    -- Published from the beginning: SHA-256 of the first round's seed.
    commitment BYTEA NOT NULL,
    -- What all seeds come from, sealed.
    seeds BYTEA NOT NULL,
    room_from BIGINT NOT NULL,
    opens_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- How many rounds are drawn.
    drawn BIGINT NOT NULL DEFAULT 0,
    -- Since when one needs no turn any more.
    over_at BIGINT,
    UNIQUE (office, service, day)
);
CREATE INDEX release_by_end ON release (over_at, room_from);

-- Entries in waiting rooms. One a person, and one an account: whoever asks a thousand times has one.
CREATE TABLE release_entry (
    id TEXT PRIMARY KEY,
    release TEXT NOT NULL REFERENCES release (id),
    round BIGINT NOT NULL,
    -- What it is sorted by in its round. It follows from its id and the round's seed, and is shown only through the order.
    draw_rank BYTEA NOT NULL,
    -- Keyed hash of the person's number, and the account. Both are empty once they are forgotten, and in entries that were left.
    person_key BYTEA,
    account TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'in', 'used', 'passed', 'left')),
    until BIGINT,
    UNIQUE (release, person_key),
    UNIQUE (release, account)
);
CREATE INDEX release_entry_in_line ON release_entry (release, state, round, draw_rank);

-- Wishes of the waiting list.
CREATE TABLE wish (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    person TEXT NOT NULL,
    person_key BYTEA NOT NULL,
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT NOT NULL,
    business TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL,
    from_minute INTEGER NOT NULL,
    to_minute INTEGER NOT NULL,
    lang TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'taken', 'left', 'lapsed')),
    made_at BIGINT NOT NULL,
    offers INTEGER NOT NULL DEFAULT 0 CHECK (offers BETWEEN 0 AND 3),
    offered_at BIGINT,
    appointment TEXT,
    -- Until when a worker has it in hand, so that no two offer it a place at once.
    claimed_until BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX wish_alive ON wish (person_key, service) WHERE state IN ('waiting', 'offered');
CREATE INDEX wish_in_line ON wish (state, office, service, made_at);
CREATE INDEX wish_by_account ON wish (account);
