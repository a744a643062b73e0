-- Places and appointments. Never more places are taken than there are, and nobody has two appointments on a day: the constraints below
-- say so, whatever a program believes.

-- A slot of an office's service; the desk has places of its own.
CREATE TABLE slot (
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT NOT NULL,
    -- As the office's wall shows them.
    day TEXT NOT NULL,
    minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    starts_at BIGINT NOT NULL,
    length_min INTEGER NOT NULL CHECK (length_min > 0),
    capacity INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    staff_capacity INTEGER NOT NULL DEFAULT 0,
    staff_taken INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (office, service, day, minute),
    CHECK (taken BETWEEN 0 AND capacity),
    CHECK (staff_taken BETWEEN 0 AND staff_capacity)
);
CREATE INDEX slot_by_service ON slot (service, day);

CREATE TABLE appointment (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    -- Keyed hash of the code that opens it.
    code BLOB NOT NULL,
    office TEXT NOT NULL,
    service TEXT NOT NULL,
    business TEXT NOT NULL,
    day TEXT NOT NULL,
    minute INTEGER NOT NULL,
    starts_at BIGINT NOT NULL,
    units INTEGER NOT NULL CHECK (units > 0),
    -- The minutes of its slots, with commas between.
    minutes TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'booked', 'arrived', 'done', 'missed', 'cancelled', 'lapsed', 'stranded')),
    hold_until BIGINT,
    account TEXT,
    person TEXT,
    -- Keyed hash of the person's number.
    person_key BLOB NOT NULL,
    -- Keyed hash of name and last four characters of the number.
    who_key BLOB NOT NULL,
    -- Who comes, and the code: sealed. Empty once erased.
    details BLOB NOT NULL,
    -- 1: its places are the desk's.
    desk INTEGER NOT NULL CHECK (desk IN (0, 1)),
    -- Keyed hash of the request's key.
    once BLOB,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    arrived_at BIGINT,
    ended_at BIGINT,
    lang TEXT NOT NULL,
    -- Until when the places of a cancelled one are kept for the waiting list.
    frees_at BIGINT,
    -- When something is due with it: its hold ends, its places come back, or, at once, it looks for a place.
    due_at BIGINT,
    -- Wrong codes, and on which day.
    tries INTEGER NOT NULL DEFAULT 0,
    tries_day TEXT,
    version BIGINT NOT NULL DEFAULT 0,
    CHECK ((state = 'held') = (hold_until IS NOT NULL))
);
CREATE UNIQUE INDEX appointment_day_of_person ON appointment (person_key, day) WHERE state IN ('held', 'booked', 'arrived', 'done');
CREATE UNIQUE INDEX appointment_once ON appointment (once) WHERE once IS NOT NULL;
CREATE INDEX appointment_missed ON appointment (person_key, day) WHERE state = 'missed';
CREATE INDEX appointment_by_day ON appointment (office, day);
CREATE INDEX appointment_due ON appointment (office, service, day, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX appointment_to_come ON appointment (starts_at) WHERE state = 'booked';
CREATE INDEX appointment_by_account ON appointment (account) WHERE account IS NOT NULL;
CREATE INDEX appointment_of_person ON appointment (person) WHERE person IS NOT NULL;

-- The rules of an office, as JSON. Offices without a row have the default.
CREATE TABLE booking_policy (
    office TEXT PRIMARY KEY REFERENCES office (id),
    policy TEXT NOT NULL
);

-- What is told of appointments, to accounts.
CREATE TABLE visit_message (
    id TEXT PRIMARY KEY,
    appointment TEXT NOT NULL,
    account TEXT NOT NULL,
    happening TEXT NOT NULL CHECK (happening IN ('booked', 'moved', 'cancelled', 'stranded', 'missed', 'reminder', 'offered')),
    at BIGINT NOT NULL,
    read_at BIGINT,
    UNIQUE (appointment, happening, at)
);
CREATE INDEX visit_message_by_account ON visit_message (account);
