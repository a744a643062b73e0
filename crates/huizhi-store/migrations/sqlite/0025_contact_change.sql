-- A code may also prove the telephone or mailbox at which an account is to be reached from now on. SQLite can't widen a check, so the table is made
-- anew; codes that wait come along.
CREATE TABLE account_code_new (
    contact BLOB NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'sign-in', 'recover', 'face', 'contact')),
    code BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (contact, purpose)
);
INSERT INTO account_code_new (contact, purpose, code, tries, expires_at) SELECT contact, purpose, code, tries, expires_at FROM account_code;
DROP TABLE account_code;
ALTER TABLE account_code_new RENAME TO account_code;
