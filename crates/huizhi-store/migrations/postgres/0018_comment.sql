-- Comments (评论) under articles. What somebody calls themselves and says is sealed as long as it is kept: most of what is refused is what
-- nobody should read. The e-mail address is sealed apart, because it goes first.
CREATE TABLE comment (
    id TEXT PRIMARY KEY,
    -- The page that it stands on: an article in a language.
    article BIGINT NOT NULL REFERENCES article (id),
    lang TEXT NOT NULL CHECK (lang IN ('zh-CN', 'en')),
    -- The comment that it answers. When that one goes, the answer stays and stands alone.
    answers TEXT REFERENCES comment (id) ON DELETE SET NULL,
    -- Keyed hash of who wrote it, a browser or an account: by it they find and delete it.
    visitor BYTEA NOT NULL,
    -- Keyed hash of all that was sent: pressed twice, it is one comment.
    sent BYTEA NOT NULL UNIQUE,
    -- Name and text, sealed.
    said BYTEA NOT NULL,
    -- E-mail address, sealed; NULL once its time is over.
    email BYTEA,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'shown', 'hidden', 'spam')),
    posted_at BIGINT NOT NULL,
    -- What the local list of words found in it.
    found TEXT,
    -- How far the check by another service is, and its code.
    checked TEXT NOT NULL CHECK (checked IN ('due', 'alone', 'pass', 'review', 'risky', 'failed')),
    code TEXT NOT NULL DEFAULT '',
    -- Why it is not shown.
    objection TEXT CHECK (objection IN ('advert', 'insult', 'private', 'wrong', 'off-topic', 'unlawful')),
    decided_by TEXT REFERENCES staff (id),
    decided_at BIGINT,
    -- Where it stood before the newest ruling, for the one who takes that back.
    was TEXT,
    -- Nothing is shown, or hidden, without a person who said so.
    CHECK (state NOT IN ('shown', 'hidden') OR decided_by IS NOT NULL),
    CHECK (state <> 'hidden' OR objection IS NOT NULL)
);
CREATE INDEX comment_of_page ON comment (article, lang, id);
CREATE INDEX comment_of_visitor ON comment (visitor);
CREATE INDEX comment_waiting ON comment (id) WHERE state = 'waiting';
CREATE INDEX comment_unchecked ON comment (id) WHERE checked = 'due';
CREATE INDEX comment_with_email ON comment (posted_at) WHERE email IS NOT NULL;

-- Readers who found that a comment should not be seen, once each. reporter is a keyed hash, as of a comment's author.
CREATE TABLE comment_report (
    comment TEXT NOT NULL REFERENCES comment (id) ON DELETE CASCADE,
    reporter BYTEA NOT NULL,
    objection TEXT NOT NULL CHECK (objection IN ('advert', 'insult', 'private', 'wrong', 'off-topic', 'unlawful')),
    at BIGINT NOT NULL,
    -- When a person looked at the comment again; NULL before.
    settled_at BIGINT,
    PRIMARY KEY (comment, reporter)
);
CREATE INDEX comment_report_open ON comment_report (comment) WHERE settled_at IS NULL;
