-- Articles (文章). The number stands in the permalink and the category never changes, so that an address stays.
CREATE TABLE article (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id > 0),
    category TEXT NOT NULL,
    -- Who signs it, as readers see it.
    author TEXT NOT NULL,
    -- The name of the file that it came from with the service; what editors made of it is not overwritten by the file.
    seed TEXT UNIQUE,
    -- Counted here, so that no list counts rows.
    likes BIGINT NOT NULL DEFAULT 0 CHECK (likes >= 0),
    comments BIGINT NOT NULL DEFAULT 0 CHECK (comments >= 0),
    made_at BIGINT NOT NULL
);

-- What somebody wrote, in one language. A row is never changed; a change is a new one. The body is last, so that lists don't read it.
CREATE TABLE article_version (
    article BIGINT NOT NULL REFERENCES article (id),
    lang TEXT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    title TEXT NOT NULL,
    -- As it was written; may be empty.
    excerpt TEXT NOT NULL,
    -- What lists show: the excerpt, or the first words of the body.
    summary TEXT NOT NULL,
    -- The version in Chinese that it translates.
    of_version BIGINT,
    -- One of staff, or `seed`.
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (article, lang, version)
);

-- On what way the newest version of a language is, and which version readers see. Who publishes is not who asked for it; what came with
-- the service has neither.
CREATE TABLE article_state (
    article BIGINT NOT NULL REFERENCES article (id),
    lang TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'review', 'scheduled', 'published', 'archived')),
    draft_version BIGINT NOT NULL,
    live_version BIGINT,
    asked_by TEXT REFERENCES staff (id),
    asked_at BIGINT,
    publish_at BIGINT,
    published_by TEXT REFERENCES staff (id),
    -- Since when readers have it, in whatever version, and since when in this one.
    published_at BIGINT,
    changed_at BIGINT,
    -- What `article_count.stamp` grew to when readers last saw it change.
    stamp BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (article, lang),
    FOREIGN KEY (article, lang, draft_version) REFERENCES article_version (article, lang, version),
    FOREIGN KEY (article, lang, live_version) REFERENCES article_version (article, lang, version),
    CHECK (published_by IS NULL OR asked_by IS NULL OR published_by <> asked_by),
    CHECK ((asked_by IS NULL) = (asked_at IS NULL)),
    CHECK (state <> 'review' OR asked_by IS NOT NULL),
    CHECK (state NOT IN ('scheduled', 'published') OR (asked_by IS NULL) = (published_by IS NULL)),
    CHECK ((state = 'scheduled') = (publish_at IS NOT NULL)),
    CHECK (state <> 'published' OR (live_version IS NOT NULL AND live_version = draft_version)),
    CHECK (state <> 'archived' OR live_version IS NULL),
    CHECK (live_version IS NULL OR (published_at IS NOT NULL AND changed_at IS NOT NULL))
);
CREATE INDEX article_live ON article_state (lang, published_at, article) WHERE live_version IS NOT NULL;
CREATE INDEX article_due ON article_state (publish_at) WHERE state = 'scheduled';
CREATE INDEX article_changed ON article_state (stamp);

-- Who likes an article: a keyed hash of what their browser is known by, another one for each article.
CREATE TABLE article_like (
    article BIGINT NOT NULL REFERENCES article (id),
    visitor BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (article, visitor)
);

-- What is near an article, the nearest first; made anew from the texts whenever one of them changes.
CREATE TABLE article_related (
    article BIGINT NOT NULL REFERENCES article (id),
    lang TEXT NOT NULL,
    place INTEGER NOT NULL,
    other BIGINT NOT NULL REFERENCES article (id),
    PRIMARY KEY (article, lang, place)
);

-- One row: a number that grows with every change that readers see, and the last number that an article got. Those that come with the
-- service have numbers of their own, below.
CREATE TABLE article_count (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    stamp BIGINT NOT NULL,
    last BIGINT NOT NULL
);
INSERT INTO article_count (one, stamp, last) VALUES (1, 0, 10000);
