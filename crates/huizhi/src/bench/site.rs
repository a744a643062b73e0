//! `huizhi bench site`: what it costs to read and to search among many articles. Over HTTP, to the whole service in this process, by turns with a
//! static file: what else the machine does falls on all alike, so that the ratios say more than the milliseconds.

mod world;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use huizhi_domain::clock::{Clock, Moment};
use huizhi_store::{Keys, Store};
use huizhi_web::{App, Settings};
use serde::Serialize;
use tokio::task::JoinSet;

use self::world::{Asked, Dice};
use super::booking::client::Client;
use crate::Exit;

/// What is asked for, by turns.
const KINDS: [&str; 6] = ["static file", "article", "article that many read", "list", "search", "suggestion"];
/// Articles that many read.
const POPULAR: usize = 100;
/// Pages after which a client comes from another network: none may ask without end.
const OF_ONE: u32 = 10;

/// Networks that a client has.
const A_CLIENT: u32 = 50_000;

/// Options of `bench site`.
#[derive(Args)]
pub struct Options {
    /// Articles that are written first
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    articles: u32,
    /// Requests of each kind
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    requests: u32,
    /// How many ask at once
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=200))]
    clients: u32,
    /// Print JSON for programs.
    #[arg(long)]
    json: bool,
}

/// One line of the result.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    requests: usize,
    /// Of the body, in the middle.
    bytes: usize,
    p50_ms: f64,
    p95_ms: f64,
    /// How many times as long as the static file's.
    p50_of_static: f64,
    p95_of_static: f64,
}

/// The result.
#[derive(Serialize)]
struct Table {
    articles: u32,
    clients: u32,
    /// Until all were written.
    written_s: f64,
    /// Until all could be found and had their related ones.
    indexed_s: f64,
    lines: Vec<Line>,
}

/// A clock that stands still: nothing runs out while it is measured.
struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment(1_795_572_000_000)
    }
}

/// An answer that came.
struct Noted {
    kind: usize,
    spent: Duration,
    bytes: usize,
}

/// Measures.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("making a folder for the measurement")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let table = runtime.block_on(measure(folder.path(), options))?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&table)?);
    } else {
        print(&table);
    }
    Ok(Exit::Fits)
}

async fn measure(folder: &Path, options: &Options) -> anyhow::Result<Table> {
    let keys = Keys::in_folder(&folder.join("keys"))?;
    let store = Store::embedded(&folder.join("data"), keys, Arc::new(Still), "HZ".parse()?).await?;
    let begun = Instant::now();
    let articles = Arc::new(world::fill(&store, options.articles).await?);
    let written_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    while store.refresh_search().await? > 0 {}
    let indexed_s = begun.elapsed().as_secs_f64();
    let listener = huizhi_web::listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = listener.local_addr()?;
    // Readers come from networks of their own, as citizens do.
    let app = App::new(store.clone(), None, Settings { behind_proxy: true, ..Settings::default() })?;
    // It serves until the process ends.
    tokio::spawn(huizhi_web::serve(listener, app));
    let file = static_file(address).await?;
    let mut reading = JoinSet::new();
    for client in 0..options.clients {
        let count = options.requests.div_ceil(options.clients);
        reading.spawn(read(address, Arc::clone(&articles), file.clone(), client, count));
    }
    let mut all = Vec::new();
    while let Some(noted) = reading.join_next().await {
        all.extend(noted??);
    }
    store.close().await;
    let lines = lines(&all);
    Ok(Table { articles: options.articles, clients: options.clients, written_s, indexed_s, lines })
}

/// The styles, which every page loads.
async fn static_file(address: SocketAddr) -> anyhow::Result<String> {
    let mut client = Client::connect(address).await?;
    let page = client.send(&request("/articles", 0)).await?;
    let page = String::from_utf8(page.body).context("a page that is no text")?.replace("&#x2f;", "/");
    let file = page.split('"').find(|part| part.starts_with("/static/") && part.contains(".css"));
    Ok(file.context("a page without styles")?.to_owned())
}

/// One reader, on a connection that it keeps.
async fn read(
    address: SocketAddr,
    articles: Arc<Vec<Asked>>,
    file: String,
    number: u32,
    count: u32,
) -> anyhow::Result<Vec<Noted>> {
    let mut client = Client::connect(address).await?;
    let mut dice = Dice(number.wrapping_mul(7919).wrapping_add(1));
    let mut noted = Vec::new();
    for turn in 0..count {
        for step in 0..KINDS.len() {
            // Each kind is first as often as the others.
            let kind = (step + turn as usize) % KINDS.len();
            let path = path(kind, &articles, &file, &mut dice)?;
            let request = request(&path, number * A_CLIENT + turn / OF_ONE);
            let begun = Instant::now();
            let answer = client.send(&request).await?;
            let spent = begun.elapsed();
            ensure!(answer.status == 200, "{path} answers {}", answer.status);
            noted.push(Noted { kind, spent, bytes: answer.body.len() });
        }
    }
    Ok(noted)
}

/// An address of a kind.
fn path(kind: usize, articles: &[Asked], file: &str, dice: &mut Dice) -> anyhow::Result<String> {
    let popular = articles.get(..POPULAR.min(articles.len())).unwrap_or_default();
    Ok(match kind {
        0 => file.to_owned(),
        1 => dice.pick(articles)?.path.clone(),
        2 => dice.pick(popular)?.path.clone(),
        3 => "/articles".to_owned(),
        4 => format!("/search?q={}", encoded(&part_of(&dice.pick(articles)?.title, dice))),
        _ => {
            let title = &dice.pick(articles)?.title;
            let beginning: String = title.chars().take(1 + dice.below(3)).collect();
            format!("/search/suggest?q={}", encoded(&beginning))
        }
    })
}

/// Two to four characters of a title that follow each other.
fn part_of(title: &str, dice: &mut Dice) -> String {
    let length = 2 + dice.below(3);
    let from = dice.below(title.chars().count().saturating_sub(length));
    title.chars().skip(from).take(length).collect()
}

/// As it stands in an address.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

fn request(path: &str, network: u32) -> Vec<u8> {
    let [_, a, b, c] = network.to_be_bytes();
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 10.{a}.{b}.{c}\r\n\r\n").into_bytes()
}

fn lines(all: &[Noted]) -> Vec<Line> {
    let of = |kind: usize| {
        let mut times: Vec<f64> =
            all.iter().filter(|noted| noted.kind == kind).map(|noted| noted.spent.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let at = |times: &[f64], share: usize| {
        times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let file = of(0);
    let ratio = |times: &[f64], share: usize| at(times, share) / at(&file, share).max(f64::MIN_POSITIVE);
    let line = |(kind, what): (usize, &'static str)| {
        let times = of(kind);
        let mut bytes: Vec<usize> = all.iter().filter(|noted| noted.kind == kind).map(|noted| noted.bytes).collect();
        bytes.sort_unstable();
        Line {
            what,
            requests: times.len(),
            bytes: bytes.get(bytes.len() / 2).copied().unwrap_or_default(),
            p50_ms: at(&times, 50),
            p95_ms: at(&times, 95),
            p50_of_static: ratio(&times, 50),
            p95_of_static: ratio(&times, 95),
        }
    };
    KINDS.into_iter().enumerate().map(line).collect()
}

fn print(table: &Table) {
    let Table { articles, clients, written_s, indexed_s, lines } = table;
    println!(
        "{articles} articles, written in {written_s:.1} s, indexed in {indexed_s:.1} s; {clients} readers at once"
    );
    println!(
        "{:<24}{:>9}{:>10}{:>10}{:>10}{:>12}{:>12}",
        "what", "requests", "bytes", "p50 ms", "p95 ms", "p50/static", "p95/static"
    );
    for Line { what, requests, bytes, p50_ms, p95_ms, p50_of_static, p95_of_static } in lines {
        println!(
            "{what:<24}{requests:>9}{bytes:>10}{p50_ms:>10.2}{p95_ms:>10.2}{p50_of_static:>12.1}{p95_of_static:>12.1}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole measurement on a small scale: every kind is answered.
    #[test]
    fn a_small_measurement_answers_everything() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = Options { articles: 40, requests: 10, clients: 2, json: false };
        let table = runtime.block_on(measure(folder.path(), &options)).unwrap();
        assert_eq!(table.lines.len(), KINDS.len());
        for line in &table.lines {
            assert_eq!(line.requests, 10, "{}", line.what);
            assert!(line.bytes > 0 && line.p50_ms <= line.p95_ms, "{}", line.what);
        }
        assert!((table.lines[0].p50_of_static - 1.0).abs() < 1e-9);
    }
}
