//! What PostgreSQL has of its own: rows are locked while they are changed, and skipped where another worker has them.

/// A connection.
pub type Connection = sqlx::PgConnection;
/// A row.
pub type Row = sqlx::postgres::PgRow;

/// A SELECT whose rows nobody else changes until the transaction ends.
macro_rules! locking {
    ($select:literal) => {
        concat!($select, " FOR UPDATE")
    };
}

/// A SELECT that leaves out what another worker has locked.
macro_rules! skipping {
    ($select:literal) => {
        concat!($select, " FOR UPDATE SKIP LOCKED")
    };
}

/// A JSON array as rows: each has its element in `item.value`.
macro_rules! items {
    ($parameter:literal) => {
        concat!("jsonb_array_elements(CAST(", $parameter, " AS jsonb)) AS item (value)")
    };
}

/// The same before a statement that takes much of each element.
macro_rules! listed {
    ($parameter:literal) => {
        concat!("WITH item (value) AS MATERIALIZED (SELECT jsonb_array_elements(CAST(", $parameter, " AS jsonb))) ")
    };
}

/// After rows: the appointments that fit each. They are looked up row by row (`OFFSET 0`): the planner believes that a key without
/// statistics has thousands of rows, and would rather read the table whole.
macro_rules! fitting {
    ($($condition:tt)+) => {
        concat!(" CROSS JOIN LATERAL (SELECT * FROM appointment WHERE ", $($condition)+, " OFFSET 0) AS appointment")
    };
}

/// Bytes of an element, which are written as hexadecimal digits.
macro_rules! bytes {
    ($key:literal) => {
        concat!("decode(item.value ->> '", $key, "', 'hex')")
    };
}

/// The same of an element that is an array: by place, which is read twice as fast as by name.
macro_rules! bytes_at {
    ($place:literal) => {
        concat!("decode(item.value ->> ", $place, ", 'hex')")
    };
}

/// What a SELECT gives, as one row with an array of arrays.
macro_rules! together {
    ($($columns:expr),+ $(,)?) => {
        concat!("CAST(COALESCE(json_agg(json_build_array(", $($columns),+, ")), '[]') AS TEXT) AS together")
    };
}

/// Bytes as hexadecimal digits.
macro_rules! digits {
    ($column:literal) => {
        concat!("encode(", $column, ", 'hex')")
    };
}

/// The beginning of an INSERT of many rows that fails its whole transaction when it fails.
macro_rules! adding {
    () => {
        "INSERT INTO "
    };
}

/// The bytes of an element's text.
macro_rules! text_bytes {
    ($key:literal) => {
        concat!("convert_to(item.value ->> '", $key, "', 'UTF8')")
    };
}

/// The end of a SELECT from `slot` and others, whose slots nobody else changes until the transaction ends.
macro_rules! locking_slots {
    () => {
        " FOR UPDATE OF slot"
    };
}

/// Before a batch. A plan that was made while the tables were small reads them whole, and the connection would keep it while they grow.
/// A distributed engine that does not know of it may leave it out.
pub const BEFORE_BATCH: Option<&str> = Some("SET LOCAL plan_cache_mode = force_custom_plan");

#[path = "sql/mod.rs"]
pub mod sql;
