//! The statements, compiled once for SQLite and once for PostgreSQL. What differs is in the parent: `Connection`, `Row`,
//! `locking!` and `skipping!`. Statements keep to what both understand.

use super::{Connection, Row};

pub mod account;
pub mod amendment;
pub mod appointment;
pub mod article;
pub mod checkout;
pub mod comment;
pub mod consent;
pub mod dashboard;
pub mod delivery;
pub mod elsewhere;
pub mod erase;
pub mod face;
pub mod figures;
pub mod given;
pub mod hook;
pub mod idempotency;
pub mod invitation;
pub mod log;
pub mod message;
pub mod notice;
pub mod order;
pub mod outside;
pub mod partner;
pub mod passkey;
pub mod payment;
pub mod peer;
pub mod person;
pub mod photo;
pub mod picture;
pub mod proposal;
pub mod receipt;
pub mod release;
pub mod residence;
pub mod review;
pub mod schedule;
pub mod search;
pub mod second;
pub mod slot_audit;
pub mod staff;
pub mod support;
pub mod taken;
pub mod terminal;
pub mod ticket;
pub mod visit_delivery;
pub mod visit_message;
pub mod wechat;
pub mod window_photo;
pub mod wish;

/// One column of a row.
fn get<'r, T>(row: &'r Row, column: &str) -> crate::Result<T>
where
    T: sqlx::Decode<'r, <Row as sqlx::Row>::Database> + sqlx::Type<<Row as sqlx::Row>::Database>,
{
    sqlx::Row::try_get(row, column).map_err(crate::StoreError::Db)
}

/// A word or id in a row.
fn word<T: std::str::FromStr>(row: &Row, column: &'static str) -> crate::Result<T> {
    let value: String = get(row, column)?;
    value.parse().map_err(|_| crate::StoreError::Row { what: column, value })
}

/// A word or id in a row that may be empty.
fn maybe_word<T: std::str::FromStr>(row: &Row, column: &'static str) -> crate::Result<Option<T>> {
    let value: Option<String> = get(row, column)?;
    value.map(|value| value.parse().map_err(|_| crate::StoreError::Row { what: column, value })).transpose()
}

/// JSON in a row.
fn json<T: serde::de::DeserializeOwned>(row: &Row, column: &'static str) -> crate::Result<T> {
    let value: String = get(row, column)?;
    serde_json::from_str(&value).map_err(|_| crate::StoreError::Row { what: column, value })
}

/// The rows that `together!` made one.
fn together<T: serde::de::DeserializeOwned>(row: &Row) -> crate::Result<T> {
    json(row, "together")
}

/// A moment in a row.
fn moment(row: &Row, column: &str) -> crate::Result<huizhi_domain::clock::Moment> {
    get(row, column).map(huizhi_domain::clock::Moment)
}

/// A moment in a row that may be empty.
fn maybe_moment(row: &Row, column: &str) -> crate::Result<Option<huizhi_domain::clock::Moment>> {
    Ok(get::<Option<i64>>(row, column)?.map(huizhi_domain::clock::Moment))
}
