-- Messages on their way to somebody: one row a message, channel and target. They replace what the message knew of one mail.
CREATE TABLE delivery (
    id TEXT PRIMARY KEY,
    message TEXT NOT NULL REFERENCES message (id),
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'sms', 'wechat', 'hook')),
    -- To which of several: a hook's id; empty where the channel has one.
    target TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'refused', 'given-up')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    -- Until when the worker that sends it is believed to live.
    held_until BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    done_at BIGINT,
    UNIQUE (message, channel, target)
);
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'due';
CREATE INDEX delivery_by_target ON delivery (target, id) WHERE target <> '';

-- When a message's deliveries were written; NULL before. Those that were mailed, or given up, have had theirs.
ALTER TABLE message ADD COLUMN spread_at BIGINT;
UPDATE message SET spread_at = at WHERE mail_at IS NOT NULL OR mail_tries >= 8;
ALTER TABLE message DROP COLUMN mail_at;
ALTER TABLE message DROP COLUMN mail_tries;
CREATE INDEX message_unspread ON message (id) WHERE spread_at IS NULL;

-- An order's citizen in WeChat; the openid is sealed.
CREATE TABLE wechat (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    openid BLOB NOT NULL,
    bound_at BIGINT NOT NULL
);

-- How many messages of a kind the citizen still allows: each consent is good for one.
CREATE TABLE wechat_permission (
    order_id TEXT NOT NULL REFERENCES wechat (order_id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    PRIMARY KEY (order_id, kind)
);

-- Where partners are told; address and secrets are sealed.
CREATE TABLE hook (
    id TEXT PRIMARY KEY,
    partner TEXT NOT NULL REFERENCES partner (id),
    -- As whom the partner holds orders.
    visitor BLOB NOT NULL,
    address BLOB NOT NULL,
    -- Words of happenings, as JSON; all where it is empty.
    happenings TEXT NOT NULL,
    secret BLOB NOT NULL,
    -- The one before, which signs too until then.
    old_secret BLOB,
    old_until BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('active', 'gone', 'deleted')),
    created_at BIGINT NOT NULL
);
CREATE INDEX hook_by_partner ON hook (partner) WHERE state <> 'deleted';
