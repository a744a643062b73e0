//! The database, one of two, and the two ways into it: reading, and writing in a transaction.

use std::path::PathBuf;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::{Result, StoreError, sqlite, tables};

/// Where the database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as `postgres://user@host/database`.
    Postgres(String),
}

pub enum Db {
    Sqlite(sqlite::Database),
    Postgres(PgPool),
}

impl Db {
    pub async fn open(place: &Place) -> Result<Self> {
        match place {
            Place::Sqlite(path) => Ok(Self::Sqlite(sqlite::Database::open(path).await?)),
            Place::Postgres(address) => {
                // Boxed, here and below: with TLS in it a future has 16 KB, and each that waits for it would too.
                let pool = Box::pin(PgPoolOptions::new().max_connections(16).connect(address));
                let pool = pool.await.map_err(StoreError::Db)?;
                Box::pin(tables::postgres().run(&pool)).await.map_err(StoreError::Tables)?;
                Ok(Self::Postgres(pool))
            }
        }
    }

    pub async fn stopped(&self) {
        match self {
            Self::Sqlite(database) => database.stopped().await,
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// Empties the journal, in which older states of rows are still to be read. `false` where somebody reads it just now. PostgreSQL's is
    /// its operator's: it is needed there to go back after a fault, and is written over by the server.
    pub async fn empty_journal(&self) -> Result<bool> {
        match self {
            Self::Sqlite(database) => database.empty_journal().await,
            Self::Postgres(_) => Ok(true),
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(database) => database.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Runs a function of `sql/` on a connection for reading.
macro_rules! read {
    ($db:expr, $noun:ident::$verb:ident($($argument:expr),* $(,)?)) => {
        match &$db {
            $crate::db::Db::Sqlite(database) => {
                let mut connection = database.read().await?;
                $crate::sqlite::sql::$noun::$verb(&mut connection $(, $argument)*).await
            }
            $crate::db::Db::Postgres(pool) => {
                let mut connection = Box::pin(pool.acquire()).await.map_err($crate::StoreError::Db)?;
                $crate::postgres::sql::$noun::$verb(&mut connection $(, $argument)*).await
            }
        }
    };
}

/// Runs a function of `sql/` in a transaction, which is durable when this returns, or not there at all. The arguments are
/// names of owned values.
macro_rules! change {
    ($db:expr, $noun:ident::$verb:ident($($argument:ident),* $(,)?)) => {
        match &$db {
            $crate::db::Db::Sqlite(database) => {
                $( let $argument = $argument.clone(); )*
                database
                    .write(move |connection| {
                        Box::pin(async move { $crate::sqlite::sql::$noun::$verb(connection $(, $argument)*).await })
                    })
                    .await
            }
            $crate::db::Db::Postgres(pool) => {
                let mut transaction = Box::pin(pool.begin()).await.map_err($crate::StoreError::Db)?;
                let done = $crate::postgres::sql::$noun::$verb(&mut transaction $(, $argument.clone())*).await?;
                transaction.commit().await.map_err($crate::StoreError::Db)?;
                Ok(done)
            }
        }
    };
}

/// As [`change!`], for what a partner may ask for twice: that the request is done stands in the same transaction.
macro_rules! act {
    ($store:expr, $noun:ident::$verb:ident($($argument:ident),* $(,)?)) => {
        match &$store.0.db {
            $crate::db::Db::Sqlite(database) => {
                let ticket = $store.1.ticket.clone();
                $( let $argument = $argument.clone(); )*
                database
                    .write(move |connection| {
                        Box::pin(async move {
                            let done = $crate::sqlite::sql::$noun::$verb(&mut *connection $(, $argument)*).await?;
                            if let Some(ticket) = ticket {
                                let made = $crate::idempotency::Made::made(&done);
                                $crate::sqlite::sql::idempotency::done(connection, ticket, made).await?;
                            }
                            Ok(done)
                        })
                    })
                    .await
            }
            $crate::db::Db::Postgres(pool) => {
                let mut transaction = Box::pin(pool.begin()).await.map_err($crate::StoreError::Db)?;
                let done = $crate::postgres::sql::$noun::$verb(&mut transaction $(, $argument.clone())*).await?;
                if let Some(ticket) = $store.1.ticket.clone() {
                    let made = $crate::idempotency::Made::made(&done);
                    $crate::postgres::sql::idempotency::done(&mut transaction, ticket, made).await?;
                }
                transaction.commit().await.map_err($crate::StoreError::Db)?;
                Ok(done)
            }
        }
    };
}

pub(crate) use {act, change, read};
