-- The last number that an office gave on a day.
CREATE TABLE ticket_count (
    office TEXT NOT NULL REFERENCES office (id),
    day TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (office, day)
);

-- Tickets of the hall. They name nobody: an appointment by its id, and who came without one not at all.
CREATE TABLE ticket (
    id TEXT PRIMARY KEY,
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT NOT NULL,
    business TEXT NOT NULL,
    day TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    -- Not a reference: the appointment may be erased with its account, the number that was called stays.
    appointment TEXT UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'called', 'skipped', 'serving', 'done', 'missed', 'left')),
    window_name TEXT,
    for_window TEXT,
    due_at BIGINT NOT NULL,
    calls INTEGER NOT NULL CHECK (calls BETWEEN 0 AND 3),
    arrived_at BIGINT NOT NULL,
    called_at BIGINT,
    done_at BIGINT,
    outcome TEXT,
    staff TEXT,
    -- Of the desk that noted the arrival: what is sent twice is done once.
    key TEXT UNIQUE,
    UNIQUE (office, day, ordinal),
    CHECK (state NOT IN ('called', 'serving') OR window_name IS NOT NULL)
);
-- A window has one at a time.
CREATE UNIQUE INDEX ticket_at_window ON ticket (office, day, window_name) WHERE state IN ('called', 'serving');
CREATE INDEX ticket_that_waits ON ticket (office, day, due_at) WHERE state IN ('waiting', 'skipped');
