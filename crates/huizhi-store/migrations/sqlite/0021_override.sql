-- Amendments: what this deployment changes of the data that come with the program, a file at a time, with all versions.

CREATE TABLE amendment (
    -- The folder of the file, and its name without ending.
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Counts from 1 within the file.
    version BIGINT NOT NULL,
    -- The whole file; NULL where what comes with the program holds again.
    text TEXT,
    -- Why, in the words of who made it.
    note TEXT NOT NULL,
    -- waiting: for a second person; live: it holds; former: it held; refused: it never did.
    state TEXT NOT NULL CHECK (state IN ('waiting', 'live', 'former', 'refused')),
    -- NULL for the operator at the machine.
    made_by TEXT REFERENCES staff (id),
    made_at BIGINT NOT NULL,
    -- Who agreed, where that takes a second person.
    agreed_by TEXT REFERENCES staff (id),
    -- From when on it held.
    live_at BIGINT,
    PRIMARY KEY (kind, name, version),
    CHECK (agreed_by IS NULL OR made_by IS NULL OR agreed_by <> made_by),
    CHECK (state NOT IN ('live', 'former') OR kind NOT IN ('policy', 'document', 'consent') OR agreed_by IS NOT NULL),
    CHECK ((state IN ('live', 'former')) = (live_at IS NOT NULL))
);
-- At most one version of a file holds, and at most one waits.
CREATE UNIQUE INDEX amendment_live ON amendment (kind, name) WHERE state = 'live';
CREATE UNIQUE INDEX amendment_waiting ON amendment (kind, name) WHERE state = 'waiting';

-- Grows with every change, so that each process sees by one row that it has to read again; it is also what writers wait for.
CREATE TABLE amendment_stamp (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    stamp BIGINT NOT NULL
);
INSERT INTO amendment_stamp (one, stamp) VALUES (1, 0);
