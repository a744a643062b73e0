-- Residence declarations. Who lives where is sealed; person_key is a keyed hash of the number, of a kind that is used nowhere else.
CREATE TABLE residence (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    person TEXT NOT NULL,
    person_key BYTEA NOT NULL,
    city TEXT NOT NULL,
    dwelling TEXT NOT NULL CHECK (dwelling IN ('own', 'rented', 'employer', 'school', 'relative')),
    details BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('declared', 'confirmed', 'valid', 'refused', 'cancelled', 'ended')),
    declared_at BIGINT NOT NULL,
    -- Keyed hash of the landlord's link, and until when it is good.
    link BYTEA UNIQUE,
    link_until BIGINT,
    confirmer TEXT CHECK (confirmer IN ('oneself', 'landlord', 'agent', 'office')),
    answered_at BIGINT,
    -- What a landlord or an agent says of themselves, sealed.
    answerer BYTEA,
    office TEXT REFERENCES office (id),
    staff TEXT REFERENCES staff (id),
    paper TEXT CHECK (paper IN ('residence-permit', 'work-contract', 'student-card', 'house-paper')),
    refusal TEXT CHECK (refusal IN ('unknown-person', 'not-here', 'wrong-address', 'no-proof')),
    valid_until TEXT,
    ended_at BIGINT,
    -- Until when codes are drawn, as the holder agreed.
    shown_until BIGINT,
    CHECK (state <> 'valid' OR (valid_until IS NOT NULL AND confirmer IS NOT NULL)),
    CHECK (state = 'declared' OR link IS NULL),
    CHECK ((office IS NULL) = (staff IS NULL)),
    CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE INDEX residence_by_account ON residence (account);
CREATE INDEX residence_waiting ON residence (city, declared_at) WHERE state IN ('declared', 'confirmed');

-- One usual residence of a person at a time, whoever declared it, and one declaration of an account for a person that waits.
CREATE UNIQUE INDEX residence_usual ON residence (person_key) WHERE state = 'valid';
CREATE UNIQUE INDEX residence_open ON residence (account, person_key) WHERE state IN ('declared', 'confirmed');
