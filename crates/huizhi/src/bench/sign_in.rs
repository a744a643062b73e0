//! `huizhi bench sign-in`: wrong passwords for contacts with and without an account, by turns, over HTTP to a service in this process. The
//! times are compared by the Mann–Whitney U test: were they told apart, p would be small.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use huizhi_domain::account::Contact;
use huizhi_domain::clock::{Clock, Moment};
use huizhi_domain::words::Lang;
use huizhi_store::{Keys, Store};
use huizhi_web::{App, Settings, hash_password};
use serde::Serialize;
use tokio::net::TcpListener;
use ureq::Agent;

use crate::Exit;

/// Below this the two are told apart.
const SIGNIFICANT: f64 = 0.01;

/// Options of `bench sign-in`.
#[derive(Args)]
pub struct Options {
    /// How many of each kind are tried; each contact once, so that none is locked
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=5000))]
    pairs: u32,
    /// Print JSON for programs.
    #[arg(long)]
    json: bool,
}

/// The result.
#[derive(Serialize)]
struct Table {
    pairs: usize,
    known_median_ms: f64,
    unknown_median_ms: f64,
    u: f64,
    z: f64,
    p: f64,
}

/// A clock that stands still: no pause ends and no day begins while it is measured.
struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment(1_795_572_000_000)
    }
}

/// Measures and compares.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("making a folder for the measurement")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let pairs = options.pairs;
    let (listener, app) = runtime.block_on(prepare(folder.path(), pairs))?;
    let address = listener.local_addr()?;
    // It serves until the process ends.
    std::thread::spawn(move || runtime.block_on(huizhi_web::serve(listener, app)));
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .new_agent();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        // By turns, and each first as often: what else the machine does falls on both alike.
        let known_first = pair.is_multiple_of(2);
        for is_known in [known_first, !known_first] {
            let spent = one(&agent, address, pair, is_known)?;
            if is_known { known.push(spent) } else { unknown.push(spent) }
        }
    }
    let (u, z, p) = mann_whitney(&known, &unknown);
    let table =
        Table { pairs: known.len(), known_median_ms: median(&known), unknown_median_ms: median(&unknown), u, z, p };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&table)?);
    } else {
        let Table { pairs, known_median_ms, unknown_median_ms, .. } = table;
        println!(
            "{pairs} wrong passwords each, by turns: medians {known_median_ms:.2} ms with an account, {unknown_median_ms:.2} ms without"
        );
        println!("Mann–Whitney U = {u:.0}, z = {z:.2}, p = {p:.3} (two-sided)");
    }
    Ok(if p < SIGNIFICANT { Exit::DoesNotFit } else { Exit::Fits })
}

/// A service with as many accounts as are tried, and where it will listen.
async fn prepare(folder: &std::path::Path, accounts: u32) -> anyhow::Result<(TcpListener, App)> {
    let keys = Keys::in_folder(&folder.join("keys"))?;
    let store = Store::embedded(&folder.join("data"), keys, Arc::new(Still), "HZ".parse()?).await?;
    let hash = hash_password("correct horse battery")?;
    for number in 0..accounts {
        store.add_account(Some(&contact(number, true)?), Some(hash.clone()), Lang::Zh).await?;
    }
    let listener = huizhi_web::listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    // Each try comes from a network of its own: the budget of one would end after sixty.
    let app = App::new(store, None, Settings { behind_proxy: true, ..Settings::default() })?;
    Ok((listener, app))
}

/// Contacts of the same length, so that the pages are equally long.
fn contact(number: u32, is_known: bool) -> anyhow::Result<Contact> {
    let first = if is_known { "1380" } else { "1390" };
    Contact::parse(&format!("{first}{number:07}")).context("a contact")
}

fn one(agent: &Agent, address: SocketAddr, pair: u32, is_known: bool) -> anyhow::Result<f64> {
    let form = format!("contact={}&password=a+wrong+password", contact(pair, is_known)?.as_str());
    let third = u8::from(is_known);
    let network = format!("10.{third}.{}.{}", pair / 256, pair % 256);
    let begun = Instant::now();
    let mut response = agent
        .post(format!("http://{address}/sign-in"))
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", network)
        .header("content-type", "application/x-www-form-urlencoded")
        .send(form)?;
    let page = response.body_mut().read_to_string()?;
    let spent = begun.elapsed();
    ensure!(response.status().as_u16() == 422, "the service answered {}: {page}", response.status());
    Ok(spent.as_secs_f64() * 1000.0)
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// U of the first, its normal score with a correction for continuity, and the two-sided p. Times of a clock in ns have no ties to speak of.
fn mann_whitney(first: &[f64], second: &[f64]) -> (f64, f64, f64) {
    let mut all: Vec<(f64, bool)> = first.iter().map(|time| (*time, true)).collect();
    all.extend(second.iter().map(|time| (*time, false)));
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ranks: f64 =
        all.iter().zip(1_u32..).filter(|((_, is_first), _)| *is_first).map(|(_, rank)| f64::from(rank)).sum();
    let (n, m) = (first.len() as f64, second.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let (mean, deviation) = (n * m / 2.0, (n * m * (n + m + 1.0) / 12.0).sqrt());
    let z = ((u - mean).abs() - 0.5).max(0.0) / deviation;
    (u, z.copysign(u - mean), (2.0 * upper_tail(z)).min(1.0))
}

/// How likely a normal value is above z ≥ 0; Abramowitz and Stegun 26.2.17, to 7.5e-8.
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_tables() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (3.0, 0.001_350)] {
            assert!((upper_tail(z) - p).abs() < 1e-5, "{z}");
        }
    }

    #[test]
    fn what_differs_is_told_apart_and_what_does_not_is_not() {
        let times: Vec<f64> = (0..200).map(|n| f64::from(n * 7919 % 1000)).collect();
        let later: Vec<f64> = times.iter().map(|time| time + 200.0).collect();
        let (even, odd): (Vec<_>, Vec<_>) = times.iter().enumerate().partition(|(at, _)| at.is_multiple_of(2));
        let plain = |half: Vec<(usize, &f64)>| half.into_iter().map(|(_, time)| *time).collect::<Vec<f64>>();
        assert!(mann_whitney(&times, &later).2 < 1e-6);
        assert!(mann_whitney(&plain(even), &plain(odd)).2 > 0.05);
        // Of four and four that do not overlap U is 0, and p of the normal approach 0.0304.
        let (u, z, p) = mann_whitney(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]);
        assert!(u.abs() < 1e-9 && z < 0.0 && (p - 0.0304).abs() < 1e-3, "{u} {z} {p}");
    }
}
