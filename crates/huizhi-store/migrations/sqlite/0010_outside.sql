-- Accounts' sign-in through others. Who somebody is elsewhere is found by a keyed hash and kept sealed.
CREATE TABLE account_link (
    -- `wechat`, or the id of a provider of identities.
    provider TEXT NOT NULL,
    subject BLOB NOT NULL,
    subject_sealed BLOB NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    since BIGINT NOT NULL,
    UNIQUE (provider, subject),
    UNIQUE (provider, account)
);
CREATE INDEX account_link_by_account ON account_link (account);

-- Browsers on their way to a provider and back, by a keyed hash of what comes back with them; each comes back once.
CREATE TABLE outside_passage (
    state BLOB PRIMARY KEY,
    browser BLOB NOT NULL,
    provider TEXT NOT NULL,
    -- Whose link it is to become; NULL where somebody signs in.
    account TEXT,
    onward BLOB NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX outside_passage_by_time ON outside_passage (expires_at);

-- Who is known elsewhere and not here: whoever shows the token's account may link it, once.
CREATE TABLE outside_offer (
    token BLOB PRIMARY KEY,
    provider TEXT NOT NULL,
    subject BLOB NOT NULL,
    subject_sealed BLOB NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX outside_offer_by_time ON outside_offer (expires_at);
