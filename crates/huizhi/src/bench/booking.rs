//! `huizhi bench booking`: how many places a second this machine gives away, durably, and that none is given twice. In one run: what the
//! database can do at most, what the store's `book` reaches in this process, and what is left of it over HTTP. After each part the tables are
//! held against each other.

pub mod client;
mod figures;
mod inside;
mod outside;
mod raw;
mod world;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use huizhi_domain::id::OfficeId;
use huizhi_store::{Place, SlotAudit};
use serde::Serialize;

use self::figures::{Run, middle};
use self::outside::Service;
use self::world::{Spot, World};
use crate::{Exit, UsageError};

/// Slots over which bookings are spread: a city's offices in two days.
const SPREAD: u32 = 2000;
/// Of a slot that is sold out, one in so many who ask gets a place.
const SOLD_OUT: u32 = 20;

/// Options of `bench booking`.
#[derive(Args)]
pub struct Options {
    /// Bookings that are tried in each run
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    attempts: u32,
    /// How many ask at once in this process, with commas between
    #[arg(long, value_delimiter = ',', default_value = "50,200,1000,2000")]
    clients: Vec<u32>,
    /// How many ask at once over HTTP; 0 leaves HTTP out
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(..=2000))]
    http: u32,
    /// How often each run is done; the one in the middle is told
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// An empty PostgreSQL database instead of SQLite in a temporary folder: `postgres://user@host/database`
    #[arg(long, value_name = "ADDRESS")]
    database: Option<String>,
    /// Print JSON for programs.
    #[arg(long)]
    json: bool,
}

/// One line of the result.
#[derive(Serialize)]
struct Line {
    /// `raw`, `book` or `http`.
    way: &'static str,
    /// `hot`, `spread`, `mixed` or `sold-out`.
    ground: &'static str,
    clients: u32,
    #[serde(flatten)]
    run: Run,
    /// How much of the raw run with the same ground and clients it reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_raw: Option<f64>,
}

/// The result.
#[derive(Serialize)]
struct Table {
    database: &'static str,
    attempts: u32,
    rounds: u32,
    lines: Vec<Line>,
    /// What the tables say of each other after all of it.
    audit: SlotAudit,
}

/// Measures.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    if options.clients.iter().any(|clients| !(1..=10_000).contains(clients)) {
        return Err(UsageError("--clients: numbers from 1 to 10000".to_owned()).into());
    }
    let folder = tempfile::tempdir().context("making a folder for the measurement")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let table = runtime.block_on(measure_all(options, folder.path()))?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&table)?);
    } else {
        print(&table);
    }
    Ok(if table.audit.holds() { Exit::Fits } else { Exit::DoesNotFit })
}

async fn measure_all(options: &Options, folder: &Path) -> anyhow::Result<Table> {
    let (bare, place, database) = match &options.database {
        Some(address) => (Place::Postgres(address.clone()), Place::Postgres(address.clone()), "PostgreSQL"),
        None => (Place::Sqlite(folder.join("bare.sqlite")), Place::Sqlite(folder.join("huizhi.sqlite")), "SQLite"),
    };
    let mut lines = Vec::new();
    raw_runs(options, &bare, &mut lines).await?;
    let world = World::open(folder, place).await?;
    inside_runs(options, &world, &mut lines).await?;
    if options.http > 0 {
        outside_runs(options, &world, &mut lines).await?;
    }
    let audit = world.store.audit_slots(&[]).await?;
    world.store.close().await;
    Ok(Table { database, attempts: options.attempts, rounds: options.rounds, lines, audit })
}

async fn raw_runs(options: &Options, bare: &Place, lines: &mut Vec<Line>) -> anyhow::Result<()> {
    for &clients in &options.clients {
        for (ground, slots) in [("hot", 1), ("spread", SPREAD)] {
            let mut runs = Vec::new();
            for _ in 0..options.rounds {
                runs.push(raw::run(bare, slots, clients, options.attempts).await?);
            }
            tell(lines, "raw", ground, clients, runs)?;
        }
    }
    Ok(())
}

async fn inside_runs(options: &Options, world: &World, lines: &mut Vec<Line>) -> anyhow::Result<()> {
    let attempts = options.attempts;
    for &clients in &options.clients {
        for (ground, slots, places) in grounds(attempts) {
            let mut runs = Vec::new();
            for _ in 0..options.rounds {
                let spots = world.ground(slots, places).await?;
                runs.push(inside::run(world, &spots, clients, attempts, ground == "mixed").await?);
                audited(world, &spots, ground).await?;
            }
            tell(lines, "book", ground, clients, runs)?;
        }
    }
    Ok(())
}

async fn outside_runs(options: &Options, world: &World, lines: &mut Vec<Line>) -> anyhow::Result<()> {
    let attempts = options.attempts;
    for (ground, slots, places) in grounds(attempts).into_iter().filter(|(ground, ..)| *ground != "mixed") {
        let mut runs = Vec::new();
        for _ in 0..options.rounds {
            let spots = world.ground(slots, places).await?;
            // Accounts of their own in each round, for none may ask for more than so much in a minute.
            let service = Service::start(&world.store, attempts).await?;
            runs.push(service.run(world, &spots, options.http, attempts).await?);
            audited(world, &spots, ground).await?;
        }
        tell(lines, "http", ground, options.http, runs)?;
    }
    Ok(())
}

/// What is booked: how many slots, and how many places each has.
fn grounds(attempts: u32) -> [(&'static str, u32, u32); 4] {
    let each = attempts.div_ceil(SPREAD) * 2;
    [
        ("hot", 1, attempts),
        ("spread", SPREAD, each),
        ("mixed", SPREAD, each),
        ("sold-out", 1, (attempts / SOLD_OUT).max(1)),
    ]
}

/// The offices of a run are held against their appointments; all offices together at the end.
async fn audited(world: &World, spots: &[Spot], ground: &str) -> anyhow::Result<()> {
    let offices: BTreeSet<OfficeId> = spots.iter().map(|spot| spot.office).collect();
    let audit = world.store.audit_slots(&offices.into_iter().collect::<Vec<_>>()).await?;
    anyhow::ensure!(audit.holds(), "after {ground} the tables do not hold against each other: {audit:?}");
    Ok(())
}

fn tell(
    lines: &mut Vec<Line>,
    way: &'static str,
    ground: &'static str,
    clients: u32,
    runs: Vec<Run>,
) -> anyhow::Result<()> {
    let run = middle(runs).context("no round was run")?;
    let raw = match ground {
        "hot" | "sold-out" => "hot",
        _ => "spread",
    };
    let raw = lines.iter().find(|line| line.way == "raw" && line.ground == raw && line.clients == clients);
    let of_raw = raw.filter(|_| way != "raw" && ground != "sold-out").map(|raw| run.per_s / raw.run.per_s);
    eprintln!("{way} {ground}, {clients} clients: {:.0}/s", run.per_s);
    lines.push(Line { way, ground, clients, run, of_raw });
    Ok(())
}

fn print(table: &Table) {
    let Table { database, attempts, rounds, audit, .. } = table;
    println!("{database}: {attempts} attempts a run, the middle one of {rounds} rounds; done is durable");
    println!(
        "{:<6}{:<10}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>8}",
        "way", "ground", "clients", "done", "refused", "done/s", "p50 ms", "p99 ms", "of raw"
    );
    for Line { way, ground, clients, run, of_raw } in &table.lines {
        let of_raw = of_raw.map(|share| format!("{:.0} %", share * 100.0)).unwrap_or_default();
        println!(
            "{way:<6}{ground:<10}{clients:>8}{:>10}{:>10}{:>10.0}{:>10.2}{:>10.2}{of_raw:>8}",
            run.done, run.refused, run.per_s, run.p50_ms, run.p99_ms
        );
    }
    let SlotAudit { slots, places, taken, appointments, live, over, doubles, adrift } = audit;
    println!("{slots} slots with {places} places, {taken} taken; {appointments} appointments, {live} live");
    println!(
        "{over} slots over capacity, {doubles} people twice on a day, {adrift} slots whose count is not that of their appointments"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole measurement on a small scale: it ends, and nothing is given twice.
    #[test]
    fn a_small_measurement_holds() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = Options { attempts: 200, clients: vec![8], http: 4, rounds: 1, database: None, json: false };
        let table = runtime.block_on(measure_all(&options, folder.path())).unwrap();
        assert!(table.audit.holds(), "{:?}", table.audit);
        let done = |way: &str, ground: &str| {
            table.lines.iter().find(|line| line.way == way && line.ground == ground).unwrap().run.done
        };
        assert_eq!(
            (done("raw", "hot"), done("book", "hot"), done("book", "spread"), done("http", "spread")),
            (200, 200, 200, 200)
        );
        assert_eq!((done("book", "sold-out"), done("http", "sold-out")), (10, 10));
        assert!(done("book", "mixed") > 100);
    }
}
