-- Pictures of articles. Everybody sees them, so they are not sealed; what is kept came out of the sandbox, encoded anew.
CREATE TABLE article_picture (
    id TEXT PRIMARY KEY,
    width BIGINT NOT NULL CHECK (width > 0),
    height BIGINT NOT NULL CHECK (height > 0),
    -- What it shows, for those who cannot see it: no picture is without, in either language.
    alt_zh TEXT NOT NULL CHECK (alt_zh <> ''),
    alt_en TEXT NOT NULL CHECK (alt_en <> ''),
    file BYTEA NOT NULL,
    made_by TEXT NOT NULL REFERENCES staff (id),
    made_at BIGINT NOT NULL
);
-- The editor's list shows the newest first.
CREATE INDEX article_picture_newest ON article_picture (made_at);
