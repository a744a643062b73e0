-- Photos that windows take of who comes without a receipt (现场拍照): the order of each. An appointment has one that runs.
CREATE TABLE window_photo (
    -- Not a reference: the appointment may be erased with its account, and the order with it by its own row.
    appointment TEXT PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE REFERENCES orders (id),
    office TEXT NOT NULL REFERENCES office (id),
    staff TEXT NOT NULL REFERENCES staff (id),
    begun_at BIGINT NOT NULL
);
