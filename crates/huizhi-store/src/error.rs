//! What can stop a store, by cause.

use std::path::PathBuf;

use huizhi_domain::amendment::AmendError;
use huizhi_domain::order::OrderError;
use huizhi_domain::receipt::FetchError;
use huizhi_domain::residence::ResidenceError;
use huizhi_domain::review::ReviewError;
use huizhi_domain::seal::SealError;
use huizhi_domain::staff::StaffError;
use huizhi_domain::support::SupportError;
use huizhi_domain::visit::schedule::OpeningError;

/// Why something was not read or written. Absent things are `None`, not errors.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An order does not allow the change.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A review does not allow the change.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A window does not get the photo.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What is done to staff is not allowed.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// An office can't give places so.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// A residence declaration does not allow the change.
    #[error(transparent)]
    Residence(#[from] ResidenceError),
    /// An inquiry does not allow the change.
    #[error(transparent)]
    Support(#[from] SupportError),
    /// An amendment is not made.
    #[error(transparent)]
    Amend(#[from] AmendError),
    /// What was to be changed is not there.
    #[error("no such {0}")]
    Absent(&'static str),
    /// Somebody else was first.
    #[error("{0} was changed by somebody else at the same time")]
    Conflict(&'static str),
    /// It is needed by something else, which has to go first.
    #[error("{0}")]
    InUse(&'static str),
    /// The database.
    #[error("the database: {0}")]
    Db(#[source] sqlx::Error),
    /// The database's tables.
    #[error("the database's tables: {0}")]
    Tables(#[source] sqlx::migrate::MigrateError),
    /// The writer has stopped after a failed write: what was answered is safe, nothing more is taken.
    #[error("the database stopped taking writes; start the service again")]
    Stopped,
    /// A sealed file.
    #[error("the file {name}: {source}")]
    Blob {
        /// Its name.
        name: String,
        /// What happened.
        source: object_store::Error,
    },
    /// A folder.
    #[error("{}: {source}", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// Sealed bytes do not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A row says what no version of this program writes.
    #[error("the database says “{value}” as {what}")]
    Row {
        /// What it should be.
        what: &'static str,
        /// What it says.
        value: String,
    },
    /// A key file.
    #[error("the key file {}: {why}", path.display())]
    Key {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Conflict("it"),
            _ => Self::Db(error),
        }
    }
}
