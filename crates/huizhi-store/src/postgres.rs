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

#[path = "sql/mod.rs"]
pub mod sql;
