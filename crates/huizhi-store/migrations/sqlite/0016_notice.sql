-- Which versions of the notice before booking (预约须知) an account accepted, and when. A row is never changed.
CREATE TABLE notice_accepted (
    account TEXT NOT NULL REFERENCES account (id),
    version TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (account, version)
);

-- When the deliveries of a visit's message were written; NULL before.
ALTER TABLE visit_message ADD COLUMN spread_at BIGINT;
CREATE INDEX visit_message_unspread ON visit_message (id) WHERE spread_at IS NULL;

-- Messages of visits on their way to somebody, one row a message and channel, as `delivery` has those of orders.
CREATE TABLE visit_delivery (
    id TEXT PRIMARY KEY,
    message TEXT NOT NULL REFERENCES visit_message (id) ON DELETE CASCADE,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'sms')),
    state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'refused', 'given-up')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    -- Until when the worker that sends it is believed to live.
    held_until BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    done_at BIGINT,
    UNIQUE (message, channel)
);
CREATE INDEX visit_delivery_due ON visit_delivery (next_at) WHERE state = 'due';
