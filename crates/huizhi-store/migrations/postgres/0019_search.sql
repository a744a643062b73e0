-- What can be found, each in one language. All of it is public, and can be made again from what it is about.
CREATE TABLE search_entry (
    -- Given in the order of indexing; of many that fit, the newest are looked at.
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('document', 'city', 'office', 'article')),
    -- Which of its kind: an id, a code, a number.
    key TEXT NOT NULL,
    lang TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    -- The path of its page.
    address TEXT NOT NULL,
    -- How the title is read where its characters do not say it.
    reading TEXT,
    -- Which version of an article it is; 0 elsewhere.
    version BIGINT NOT NULL,
    -- What search_state had counted when it was indexed, and when related articles were last looked for; 0 where they have to be.
    put_at BIGINT NOT NULL,
    related_at BIGINT NOT NULL,
    UNIQUE (kind, key, lang)
);
CREATE INDEX search_entry_unrelated ON search_entry (kind, related_at, id);

-- The tokens of entries with their places, the title's with weight A.
CREATE TABLE search_index (
    entry BIGINT PRIMARY KEY REFERENCES search_entry (id) ON DELETE CASCADE,
    tokens TSVECTOR NOT NULL
);
-- Written at once: a list of what waits would have to be read whole by every query.
CREATE INDEX search_index_tokens ON search_index USING gin (tokens) WITH (fastupdate = off);

-- How many entries have a token: what is rare says more. The empty token counts the entries.
CREATE TABLE search_token (
    lang TEXT NOT NULL,
    token TEXT NOT NULL,
    entries BIGINT NOT NULL,
    PRIMARY KEY (lang, token)
);

-- What titles begin with as they are typed: characters, pinyin, initials. Suggestions are a range of it.
CREATE TABLE search_key (
    lang TEXT NOT NULL,
    -- 0 where the title begins so, 1 where something within it does.
    place BIGINT NOT NULL,
    -- By bytes: a range of it is what begins so, in every language's order.
    term TEXT COLLATE "C" NOT NULL,
    entry BIGINT NOT NULL REFERENCES search_entry (id) ON DELETE CASCADE,
    PRIMARY KEY (lang, place, term, entry)
);
CREATE INDEX search_key_by_entry ON search_key (entry);

-- One row: what is written is counted here, so that writers go one after the other, and the stamp of the article that was
-- indexed last.
CREATE TABLE search_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    counted BIGINT NOT NULL,
    articles BIGINT NOT NULL
);
INSERT INTO search_state (one, counted, articles) VALUES (1, 0, 0);
