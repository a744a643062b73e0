-- A code may also prove the telephone or mailbox at which an account is to be reached from now on.
ALTER TABLE account_code DROP CONSTRAINT account_code_purpose_check;
ALTER TABLE account_code ADD CONSTRAINT account_code_purpose_check CHECK (purpose IN ('register', 'sign-in', 'recover', 'face', 'contact'));
