//! What the database can do at most on this machine: one writer that takes all who wait into one transaction, and says each such set in one
//! statement, over two bare tables. No rule, no name, no log: what `book` reaches is held against it.

use std::collections::{BTreeMap, HashSet};

use anyhow::Context as _;
use huizhi_store::Place;
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Row as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::figures::{Noted, Run, measure};

/// Attempts that share a transaction at most.
const BATCH: usize = 512;

/// One attempt.
struct Asked {
    slot: i64,
    person: i64,
    reply: oneshot::Sender<bool>,
}

/// Either database, with tables of its own.
enum Base {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Measures so many clients who ask for places, spread over so many slots that have room for all.
pub async fn run(place: &Place, slots: u32, clients: u32, attempts: u32) -> anyhow::Result<Run> {
    let base = Base::open(place, slots, attempts).await?;
    let (requests, waiting) = mpsc::channel(4096);
    let writer = tokio::spawn(write_all(base, waiting));
    let crowd: Vec<_> = (0..clients).map(|client| one(requests.clone(), client, clients, slots, attempts)).collect();
    drop(requests);
    let run = measure(crowd).await?;
    let base = writer.await??;
    let counted = base.close().await?;
    anyhow::ensure!(counted == run.done as i64, "{counted} places are taken, and {} were given", run.done);
    Ok(run)
}

async fn one(
    requests: mpsc::Sender<Asked>,
    client: u32,
    clients: u32,
    slots: u32,
    attempts: u32,
) -> anyhow::Result<Noted> {
    let mut noted = Noted::default();
    for person in (client..attempts).step_by(clients as usize) {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { slot: i64::from(person % slots), person: i64::from(person), reply };
        noted
            .attempt(async {
                requests.send(asked).await.ok().context("the writer has ended")?;
                answer.await.ok().context("the writer has ended")
            })
            .await?;
    }
    Ok(noted)
}

async fn write_all(mut base: Base, mut waiting: mpsc::Receiver<Asked>) -> anyhow::Result<Base> {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let given = base.commit(&batch).await?;
        for asked in batch.drain(..) {
            let is_given = given.contains(&asked.person);
            // Who asked waits until it is answered.
            let _ = asked.reply.send(is_given);
        }
    }
    Ok(base)
}

impl Base {
    async fn open(place: &Place, slots: u32, attempts: u32) -> anyhow::Result<Self> {
        let mut base = match place {
            Place::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .disable_statement_logging();
                Self::Sqlite(options.connect().await.context("opening a database for the measurement")?)
            }
            Place::Postgres(address) => {
                Self::Postgres(PgConnection::connect(address).await.context("connecting to PostgreSQL")?)
            }
        };
        base.do_all(&[
            "DROP TABLE IF EXISTS raw_booking",
            "DROP TABLE IF EXISTS raw_slot",
            "CREATE TABLE raw_slot (id BIGINT PRIMARY KEY, capacity BIGINT NOT NULL, taken BIGINT NOT NULL, \
             CHECK (taken BETWEEN 0 AND capacity))",
            "CREATE TABLE raw_booking (person BIGINT PRIMARY KEY, slot BIGINT NOT NULL)",
        ])
        .await?;
        for slot in 0..i64::from(slots) {
            let (sql, room) = ("INSERT INTO raw_slot (id, capacity, taken) VALUES ($1, $2, 0)", i64::from(attempts));
            match &mut base {
                Self::Sqlite(db) => {
                    sqlx::query(sql).bind(slot).bind(room).execute(db).await?;
                }
                Self::Postgres(db) => {
                    sqlx::query(sql).bind(slot).bind(room).execute(db).await?;
                }
            }
        }
        Ok(base)
    }

    /// Takes places for all who wait; gives who got one.
    async fn commit(&mut self, batch: &[Asked]) -> sqlx::Result<HashSet<i64>> {
        match self {
            Self::Sqlite(db) => of_sqlite(db, batch).await,
            Self::Postgres(db) => of_postgres(db, batch).await,
        }
    }

    /// Gives how many places are taken by both tables, and takes the tables away.
    async fn close(mut self) -> anyhow::Result<i64> {
        let slots = self.number("SELECT CAST(COALESCE(sum(taken), 0) AS BIGINT) FROM raw_slot").await?;
        let bookings = self.number("SELECT count(*) FROM raw_booking").await?;
        anyhow::ensure!(slots == bookings, "{slots} places are taken by {bookings} people");
        self.do_all(&["DROP TABLE raw_booking", "DROP TABLE raw_slot"]).await?;
        match self {
            Self::Sqlite(db) => db.close().await?,
            Self::Postgres(db) => db.close().await?,
        }
        Ok(slots)
    }

    async fn number(&mut self, sql: &'static str) -> sqlx::Result<i64> {
        match self {
            Self::Sqlite(db) => sqlx::query(sql).fetch_one(db).await?.try_get(0),
            Self::Postgres(db) => sqlx::query(sql).fetch_one(db).await?.try_get(0),
        }
    }

    async fn do_all(&mut self, statements: &[&'static str]) -> sqlx::Result<()> {
        for sql in statements {
            match self {
                Self::Sqlite(db) => {
                    sqlx::query(*sql).execute(&mut *db).await?;
                }
                Self::Postgres(db) => {
                    sqlx::query(*sql).execute(&mut *db).await?;
                }
            }
        }
        Ok(())
    }
}

/// SQLite changes one table a statement: the places are given by the first, and counted by the second.
async fn of_sqlite(db: &mut SqliteConnection, batch: &[Asked]) -> sqlx::Result<HashSet<i64>> {
    let asked: Vec<[i64; 2]> = batch.iter().map(|asked| [asked.slot, asked.person]).collect();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    let rows: Vec<SqliteRow> = sqlx::query(
        "INSERT INTO raw_booking (slot, person) SELECT asked.slot, asked.person FROM (SELECT value ->> 0 AS slot, value ->> 1 AS person, \
         row_number() OVER (PARTITION BY value ->> 0 ORDER BY key) AS place FROM json_each($1)) AS asked JOIN raw_slot ON raw_slot.id = \
         asked.slot WHERE raw_slot.taken + asked.place <= raw_slot.capacity ON CONFLICT DO NOTHING RETURNING slot, person",
    )
    .bind(json_of(&asked))
    .fetch_all(&mut *db)
    .await?;
    let (mut given, mut counts) = (HashSet::with_capacity(rows.len()), BTreeMap::<i64, i64>::new());
    for row in &rows {
        *counts.entry(row.try_get(0)?).or_default() += 1;
        given.insert(row.try_get(1)?);
    }
    let counts: Vec<[i64; 2]> = counts.into_iter().map(|(slot, count)| [slot, count]).collect();
    sqlx::query(
        "UPDATE raw_slot SET taken = taken + given.places FROM (SELECT value ->> 0 AS slot, value ->> 1 AS places FROM json_each($1)) AS given \
         WHERE raw_slot.id = given.slot",
    )
    .bind(json_of(&counts))
    .execute(&mut *db)
    .await?;
    sqlx::query("COMMIT").execute(db).await?;
    Ok(given)
}

fn json_of(pairs: &[[i64; 2]]) -> String {
    serde_json::json!(pairs).to_string()
}

async fn of_postgres(db: &mut PgConnection, batch: &[Asked]) -> sqlx::Result<HashSet<i64>> {
    let slots: Vec<i64> = batch.iter().map(|asked| asked.slot).collect();
    let people: Vec<i64> = batch.iter().map(|asked| asked.person).collect();
    let rows: Vec<PgRow> = sqlx::query(
        "WITH asked AS (SELECT slot, person, row_number() OVER (PARTITION BY slot ORDER BY line) AS place FROM unnest($1::bigint[], \
         $2::bigint[]) WITH ORDINALITY AS asked (slot, person, line)), room AS (SELECT id, capacity - taken AS places FROM raw_slot WHERE id \
         IN (SELECT slot FROM asked) ORDER BY id FOR UPDATE), given AS (INSERT INTO raw_booking (slot, person) SELECT asked.slot, asked.person \
         FROM asked JOIN room ON room.id = asked.slot WHERE asked.place <= room.places ON CONFLICT DO NOTHING RETURNING slot, person), counted \
         AS (UPDATE raw_slot SET taken = taken + sums.places FROM (SELECT slot, count(*) AS places FROM given GROUP BY slot) AS sums WHERE \
         raw_slot.id = sums.slot) SELECT person FROM given",
    )
    .bind(slots)
    .bind(people)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
