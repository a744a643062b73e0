//! Looking at database and files before serving, without changing them: no table is made, no key drawn.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Row as _};

use crate::{Blobs, Place, Result, StoreError};

/// What a database is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The newest of its tables' versions; `None` where it has no tables yet.
    pub version: Option<i64>,
    /// The newest that this program knows.
    pub known: i64,
    /// Whether the connection is encrypted; `None` for a file.
    pub encrypted: Option<bool>,
    /// What SQLite found wrong in its file.
    pub fault: Option<String>,
    /// How many people's faces are kept; `None` where the tables are older than the question.
    pub faces: Option<u64>,
}

impl Place {
    /// Looks at the database. `None` where it is a file that is not there yet.
    ///
    /// # Errors
    /// [`StoreError::Db`] where it can't be opened.
    pub async fn examine(&self) -> Result<Option<Examined>> {
        let known = |migrator: &sqlx::migrate::Migrator| migrator.iter().map(|it| it.version).max().unwrap_or_default();
        match self {
            Self::Sqlite(path) => {
                if !path.exists() {
                    return Ok(None);
                }
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                let mut connection = options.connect().await.map_err(StoreError::Db)?;
                let said: String = sqlx::query_scalar("PRAGMA quick_check(1)")
                    .fetch_one(&mut connection)
                    .await
                    .map_err(StoreError::Db)?;
                let version = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut connection).await;
                let version = version.ok().and_then(|row| row.try_get(0).ok());
                let faces: sqlx::Result<i64> = sqlx::query_scalar(crate::erase::FACES).fetch_one(&mut connection).await;
                let faces = faces.ok().and_then(|faces| u64::try_from(faces).ok());
                connection.close().await.map_err(StoreError::Db)?;
                let known = known(&crate::tables::sqlite());
                Ok(Some(Examined { version, known, encrypted: None, fault: (said != "ok").then_some(said), faces }))
            }
            Self::Postgres(address) => {
                let mut connection = PgConnection::connect(address).await.map_err(StoreError::Db)?;
                let encrypted = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                    .fetch_one(&mut connection)
                    .await
                    .map_err(StoreError::Db)?;
                let version = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut connection).await;
                let version = version.ok().and_then(|row| row.try_get(0).ok());
                let faces: sqlx::Result<i64> = sqlx::query_scalar(crate::erase::FACES).fetch_one(&mut connection).await;
                let faces = faces.ok().and_then(|faces| u64::try_from(faces).ok());
                connection.close().await.map_err(StoreError::Db)?;
                let known = known(&crate::tables::postgres());
                Ok(Some(Examined { version, known, encrypted: Some(encrypted), fault: None, faces }))
            }
        }
    }
}

impl Blobs {
    /// Writes a file, reads it again and deletes it.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where one of them fails.
    pub async fn examine(&self) -> Result<()> {
        // No other file is called so: theirs are random bytes in base32.
        let name = format!("doctor-{}", std::process::id());
        self.put(&name, name.clone().into_bytes()).await?;
        let read = self.get(&name).await;
        self.delete(&name).await?;
        match read? {
            Some(bytes) if bytes == name.as_bytes() => Ok(()),
            _ => Err(StoreError::Absent("file that was just written")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn looking_makes_nothing_and_finds_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huizhi.sqlite");
        let place = Place::Sqlite(path.clone());
        assert_eq!(place.examine().await.unwrap(), None);
        assert!(!path.exists());
        crate::db::Db::open(&place).await.unwrap().close().await;
        let found = place.examine().await.unwrap().unwrap();
        assert_eq!((found.version, found.fault, found.encrypted), (Some(found.known), None, None));
        // A header as it should be, and nothing of what it announces.
        let broken = folder.path().join("broken.sqlite");
        std::fs::write(&broken, [&b"SQLite format 3\0"[..], &[0x55; 8000]].concat()).unwrap();
        let found = Place::Sqlite(broken).examine().await;
        assert!(found.is_err() || found.unwrap().unwrap().fault.is_some());
        let blobs = Blobs::folder(&folder.path().join("blobs")).unwrap();
        blobs.examine().await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
    }
}
