-- When offices give places, and what is known of an office.
ALTER TABLE office ADD COLUMN district TEXT NOT NULL DEFAULT '';
ALTER TABLE office ADD COLUMN phone TEXT NOT NULL DEFAULT '';

-- Hours in which an office gives places for a service, on one day of the week: Monday is 1. Minutes of the day.
CREATE TABLE opening (
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT NOT NULL,
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    opens INTEGER NOT NULL CHECK (opens >= 0),
    closes INTEGER NOT NULL CHECK (closes <= 1440),
    every_min INTEGER NOT NULL CHECK (every_min BETWEEN 5 AND 480),
    places INTEGER NOT NULL CHECK (places BETWEEN 0 AND 500),
    staff_places INTEGER NOT NULL CHECK (staff_places BETWEEN 0 AND 500),
    PRIMARY KEY (office, service, weekday, opens),
    CHECK (opens < closes)
);

-- Days, or hours of days, on which an office gives none; for one service, or for all.
CREATE TABLE closure (
    id TEXT PRIMARY KEY,
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    opens INTEGER CHECK (opens >= 0),
    closes INTEGER CHECK (closes <= 1440),
    -- As citizens read it.
    reason TEXT NOT NULL,
    CHECK (first_day <= last_day),
    CHECK ((opens IS NULL) = (closes IS NULL)),
    CHECK (opens < closes)
);
CREATE INDEX closure_by_office ON closure (office, last_day);

-- Up to which day the slots of a service are made; empty where they have to be made anew. Each change of the schedule counts the version
-- up, so that who made slots by an older one does not say that they are made.
CREATE TABLE slot_horizon (
    office TEXT NOT NULL REFERENCES office (id),
    service TEXT NOT NULL,
    day TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (office, service)
);
