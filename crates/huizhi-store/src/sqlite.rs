//! What SQLite has of its own: one writer, which takes many requests into one transaction and so into one sync of the disk
//! (228 commits/s one by one, 29,000 in batches: storage.md), and readers beside it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use huizhi_domain::search::{Lookup, Term, Within};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqlitePool};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{Result, StoreError, tables};

/// A connection.
pub type Connection = sqlx::SqliteConnection;
/// A row.
pub type Row = sqlx::sqlite::SqliteRow;

/// A SELECT in a writing transaction: there is one writer, so nothing has to be locked.
macro_rules! locking {
    ($select:literal) => {
        $select
    };
}

/// A SELECT of work to do: there is one writer, so nobody else has it.
macro_rules! skipping {
    ($select:literal) => {
        $select
    };
}

/// A JSON array as rows: each has its element in `item.value`.
macro_rules! items {
    ($parameter:literal) => {
        concat!("json_each(", $parameter, ") AS item")
    };
}

/// The same before a statement that takes much of each element: it is made into text once, not for each value.
macro_rules! listed {
    ($parameter:literal) => {
        concat!("WITH item AS MATERIALIZED (SELECT value FROM json_each(", $parameter, ")) ")
    };
}

/// After rows: the appointments that fit each.
macro_rules! fitting {
    ($($condition:tt)+) => {
        concat!(" JOIN appointment ON ", $($condition)+)
    };
}

/// Bytes of an element, which are written as hexadecimal digits.
macro_rules! bytes {
    ($key:literal) => {
        concat!("unhex(item.value ->> '", $key, "')")
    };
}

/// The same of an element that is an array: by place, which is read twice as fast as by name.
macro_rules! bytes_at {
    ($place:literal) => {
        concat!("unhex(item.value ->> ", $place, ")")
    };
}

/// What a SELECT gives, as one row with an array of arrays: each row by itself would be a message between two threads.
macro_rules! together {
    ($($columns:expr),+ $(,)?) => {
        concat!("CAST(json_group_array(json_array(", $($columns),+, ")) AS TEXT) AS together")
    };
}

/// Bytes as hexadecimal digits.
macro_rules! digits {
    ($column:literal) => {
        concat!("lower(hex(", $column, "))")
    };
}

/// The beginning of an INSERT of many rows that fails its whole transaction when it fails: SQLite need not be able to take the statement
/// alone back, for which it would copy each page first.
macro_rules! adding {
    () => {
        "INSERT OR FAIL INTO "
    };
}

/// The bytes of an element's text.
macro_rules! text_bytes {
    ($key:literal) => {
        concat!("CAST(item.value ->> '", $key, "' AS BLOB)")
    };
}

/// The end of a SELECT from `slot` and others whose slots nobody else changes: there is one writer.
macro_rules! locking_slots {
    () => {
        ""
    };
}

/// The entry whose tokens a row of `search_index` has.
macro_rules! indexed_entry {
    () => {
        "search_index.rowid"
    };
}

/// Whether a row of `search_index` fits what [`lookup`] wrote.
macro_rules! index_fits {
    ($parameter:literal) => {
        concat!("search_index MATCH ", $parameter)
    };
}

/// Writes an entry's tokens, title and text, in the place of its former ones.
macro_rules! put_in_index {
    () => {
        "INSERT OR REPLACE INTO search_index (rowid, title, text) VALUES ($1, $2, $3)"
    };
}

/// Before a batch: nothing. Statements are planned by their indexes alone.
pub const BEFORE_BATCH: Option<&str> = None;

#[path = "sql/mod.rs"]
pub mod sql;

/// What is looked for, as FTS5 reads it. Tokens are letters and digits, and the quotes keep them from being words of its language.
pub fn lookup(lookup: &Lookup) -> String {
    let (within, terms, joint) = match lookup {
        Lookup::Every(within, terms) => (*within, terms, " AND "),
        Lookup::Any(within, terms) => (*within, terms, " OR "),
    };
    let terms: Vec<String> = terms
        .iter()
        .map(|term| match term {
            Term::Phrase(tokens) => format!("\"{}\"", tokens.join(" ")),
            Term::Prefix(token) => format!("\"{token}\" *"),
        })
        .collect();
    let terms = terms.join(joint);
    match within {
        Within::Title => format!("title : ({terms})"),
        Within::All => terms,
    }
}

/// The tokens of a title and those of a text, as `put_in_index!` takes them.
pub fn laid(title: &[String], text: &[String]) -> (String, String) {
    (title.join(" "), text.join(" "))
}

/// Requests that share a transaction at most. Batches of 64 reach most of what 500 do in storage.md's measurement, and keep
/// what a failed commit takes back small.
const BATCH: usize = 64;

/// Memory for the writer's pages, KiB: with SQLite's 2 MiB the indices of appointments do not fit, and each booking reads again what the one
/// before had read.
const CACHE_KIB: &str = "-65536";
/// Pages in the journal from which it is written back: one that is written again and again goes back once. 64 MiB.
const JOURNAL_PAGES: &str = "16384";

/// How often the journal is written back beside the writer. Where nothing was written, it is a look at a few bytes of shared memory.
const BACK_EVERY: Duration = Duration::from_millis(500);

/// Requests that may wait for the writer.
const WAITING: usize = 4096;

/// A SQLite file with its writer and readers.
pub struct Database {
    readers: SqlitePool,
    requests: mpsc::Sender<Box<dyn Request>>,
    /// Held by whoever works on the journal: SQLite turns a second one away, however long it would wait.
    journal: Arc<Mutex<()>>,
}

/// One request: what it does in the transaction, and its answer afterwards.
trait Request: Send {
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool>;
    /// What it does once its batch is committed.
    fn after<'c>(&'c mut self, _connection: &'c mut Connection) -> BoxFuture<'c, ()> {
        Box::pin(async {})
    }
    fn answer(self: Box<Self>, committed: bool);
}

struct Waiting<T, F> {
    work: Option<F>,
    done: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Request for Waiting<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T>> + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let done = work(connection).await;
            let well = done.is_ok();
            self.done = Some(done);
            well
        })
    }

    fn answer(self: Box<Self>, committed: bool) {
        let answer = match self.done {
            Some(Ok(done)) if committed => Ok(done),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Err(StoreError::Stopped),
        };
        // Who asked may have gone away; what was committed stays.
        let _ = self.reply.send(answer);
    }
}

/// A request to write the journal back into the file and to cut it to nothing, which no transaction can hold.
struct Emptying {
    done: bool,
    reply: oneshot::Sender<bool>,
}

impl Request for Emptying {
    fn run<'c>(&'c mut self, _: &'c mut Connection) -> BoxFuture<'c, bool> {
        Box::pin(async { true })
    }

    fn after<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, ()> {
        Box::pin(async move {
            let said = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await;
            // The first column is 1 where a reader was in the way.
            self.done = match said.and_then(|row| sqlx::Row::try_get::<i64, _>(&row, 0)) {
                Ok(busy) => busy == 0,
                Err(error) => {
                    tracing::warn!("emptying the database's journal: {error}");
                    false
                }
            };
        })
    }

    fn answer(self: Box<Self>, committed: bool) {
        let _ = self.reply.send(committed && self.done);
    }
}

impl Database {
    /// Opens the file, making it where there is none, and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL loses acknowledged transactions when the power goes (security.md §0).
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("trusted_schema", "OFF")
            .pragma("secure_delete", "ON")
            // What a transaction needs to go back a step, and what is sorted, is written to no file: neither its time nor its traces.
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", JOURNAL_PAGES)
            .disable_statement_logging();
        let mut writer = options.clone().pragma("cache_size", CACHE_KIB).connect().await.map_err(StoreError::Db)?;
        tables::sqlite().run(&mut writer).await.map_err(StoreError::Tables)?;
        let beside = options.clone().connect().await.map_err(StoreError::Db)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(StoreError::Db)?;
        let (requests, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write_all(writer, waiting));
        let journal = Arc::new(Mutex::new(()));
        tokio::spawn(write_back(beside, requests.downgrade(), Arc::clone(&journal)));
        Ok(Self { readers, requests, journal })
    }

    pub async fn read(&self) -> Result<PoolConnection<Sqlite>> {
        self.readers.acquire().await.map_err(StoreError::Db)
    }

    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Waiting { work: Some(work), done: None, reply });
        self.requests.send(request).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// Empties the journal; `false` where a reader was in the way.
    pub async fn empty_journal(&self) -> Result<bool> {
        let _alone = self.journal.lock().await;
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Emptying { done: false, reply });
        self.requests.send(request).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)
    }

    /// Comes back when the writer has ended.
    pub async fn stopped(&self) {
        self.requests.closed().await;
    }

    pub async fn close(&self) {
        self.readers.close().await;
    }
}

/// Takes requests until nobody can send any more, or until a write fails: after a failed sync nothing is certain, and trying again
/// could answer for what is lost (security.md §1, PostgreSQL). Then everybody is told, and the service ends.
async fn write_all(mut connection: Connection, mut waiting: mpsc::Receiver<Box<dyn Request>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = write_batch(&mut connection, &mut batch).await {
            tracing::error!("the database takes no more writes: {error}");
            for request in batch.drain(..) {
                request.answer(false);
            }
            return;
        }
        for mut request in batch.drain(..) {
            request.after(&mut connection).await;
            request.answer(true);
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!("closing the database: {error}");
    }
}

/// Writes the journal back into the file while the writer goes on, so that what is left when the journal is full takes the writer no time
/// (a tenth of a second where it had to write all of it). Ends with the writer's last sender.
async fn write_back(mut connection: Connection, requests: mpsc::WeakSender<Box<dyn Request>>, journal: Arc<Mutex<()>>) {
    while requests.upgrade().is_some() {
        tokio::time::sleep(BACK_EVERY).await;
        let _alone = journal.lock().await;
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
            // Nothing is lost: the journal keeps it, and the writer writes it back.
            tracing::warn!("writing the database's journal back: {error}");
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!("closing the database: {error}");
    }
}

async fn write_batch(connection: &mut Connection, batch: &mut [Box<dyn Request>]) -> sqlx::Result<()> {
    let run = async |connection: &mut Connection, sql: &'static str| -> sqlx::Result<()> {
        sqlx::query(sql).execute(connection).await.map(|_| ())
    };
    run(connection, "BEGIN IMMEDIATE").await?;
    // A request that is alone needs no step to go back to: SQLite would keep each page as it was before.
    if let [request] = batch {
        let end = if request.run(connection).await { "COMMIT" } else { "ROLLBACK" };
        return run(connection, end).await;
    }
    for request in batch {
        run(connection, "SAVEPOINT request").await?;
        if !request.run(connection).await {
            run(connection, "ROLLBACK TO request").await?;
        }
        run(connection, "RELEASE request").await?;
    }
    run(connection, "COMMIT").await
}
