//! A city captures and a province reviews: two services, one on PostgreSQL, and a bad line between them. Every order ends once, and the two
//! logs agree. `HUIZHI_CENTRE_ORDERS` says how many orders, `HUIZHI_CENTRE_SEED` which faults.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, NUMBER, case};
use crate::database::on_postgres;
use crate::proxy::Line;
use crate::server::Server;

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");

/// Orders where nobody says how many.
const ORDERS: usize = 6;
/// Citizens at a time.
const CITIZENS: usize = 2;
/// Pause of who finds nothing to do.
const PAUSE: Duration = Duration::from_millis(100);
/// Files of cases that may be in hand when the province is killed: eight cases, two files each.
const IN_HAND_FILES: usize = 16;
/// How long all may take beside the engine's time: decisions hold after ten seconds, and pauses after faults grow.
const PATIENCE: Duration = Duration::from_mins(4);

/// What a citizen does after submitting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// Waits.
    Receipt,
    /// Withdraws the order again.
    Nothing,
}

struct Submitted {
    order: String,
    citizen: Client,
    wish: Wish,
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |it| it.parse().unwrap())
}

#[test]
fn a_city_captures_and_a_province_reviews_over_a_bad_line() {
    if !on_postgres(story) {
        story(None);
    }
}

fn story(database: Option<&str>) {
    let begun = Instant::now();
    let count = number("HUIZHI_CENTRE_ORDERS", ORDERS);
    let line = Line::new(number("HUIZHI_CENTRE_SEED", 20_261_128) as u64);
    let folder = tempfile::tempdir().unwrap();
    let mut province = Server::start_told(None, vec![("HUIZHI_ISSUER", "GD".to_owned())]);
    line.lead_to(&province.url);
    let channels = folder.path().join("channels.toml");
    let port = line.url.rsplit(':').next().unwrap();
    let allow =
        format!("only_allowed = true\n[[allow]]\nhost = \"127.0.0.1\"\nport = {port}\nhttp = true\nprivate = true\n");
    std::fs::write(&channels, allow).unwrap();
    let told = vec![("HUIZHI_ISSUER", "HZ".to_owned()), ("HUIZHI_CHANNELS", channels.to_str().unwrap().to_owned())];
    let mut city = Server::start_told(database, told);
    meet(&city, &province, &line, folder.path());

    let submitted = Mutex::new(Vec::new());
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (city_url, province_url) = (city.url.clone(), province.url.clone());
    std::thread::scope(|scope| {
        let citizens: Vec<_> = (0..CITIZENS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::SeqCst);
                        if at >= count {
                            return;
                        }
                        let wish = if at % 6 == 4 { Wish::Nothing } else { Wish::Receipt };
                        let order = submit(&city_url, wish).unwrap();
                        submitted.lock().unwrap().push(order);
                    }
                })
            })
            .collect();
        for login in ["shenhe1", "shenhe2", "shenhe3"] {
            let (url, password, done) = (&province_url, province.passwords[login].clone(), &done);
            scope.spawn(move || review(url, login, &password, done));
        }
        for citizen in citizens {
            citizen.join().unwrap();
        }
        println!("{count} orders are submitted after {} s", begun.elapsed().as_secs());
        // Both end as at a loss of power, and go on where they were; and for a while nothing gets through.
        province.kill();
        line.down(true);
        std::thread::sleep(Duration::from_secs(2));
        province.start_again();
        city.kill();
        city.start_again();
        line.down(false);
        let ended = wait(&mut submitted.lock().unwrap(), count);
        done.store(true, Ordering::SeqCst);
        println!("all ended after {} s: {ended:?}", begun.elapsed().as_secs());
    });
    for (fault, times) in line.counts() {
        println!("the line: {fault:?} {times}");
    }
    compare(&city, &province, &mut submitted.into_inner().unwrap(), folder.path());
    println!("{count} orders in {} s", begun.elapsed().as_secs());
}

/// Each operator takes the other's card; the city's photos go to the province.
fn meet(city: &Server, province: &Server, line: &Line, folder: &Path) {
    for (from, to, name, address, rights) in [
        (province, city, "广东省检测中心", &line.url, "review-for-us"),
        (city, province, "惠州市", &city.url, "we-review-for-it"),
    ] {
        let (made, card) = from.huizhi(&["peer", "card", "--name", name, "--address", address]);
        assert!(made, "{card}");
        let path = folder.join("card.json");
        std::fs::write(&path, card).unwrap();
        let (added, said) = to.huizhi(&["peer", "add", path.to_str().unwrap(), "--rights", rights]);
        assert!(added, "{said}");
    }
    let (set, said) = city.huizhi(&["centre", "set", "441300", "GD"]);
    assert!(set, "{said}");
    // The line is bad; one of some questions comes through.
    let heard = (0..20).any(|_| city.huizhi(&["peer", "hello", "GD"]).0);
    assert!(heard, "the province does not answer");
    let (refused, said) = province.huizhi(&["peer", "hello", "HZ"]);
    assert!(!refused && said.contains("address."), "nobody is called whom the operator did not allow: {said}");
}

fn submit(url: &str, wish: Wish) -> anyhow::Result<Submitted> {
    let (mut citizen, order, photo) = loop {
        if let Some(judged) = judged(url)? {
            break judged;
        }
    };
    citizen.submit(&order, &photo)?;
    if wish == Wish::Nothing {
        citizen.post(&format!("{order}/end/withdraw"), &[])?;
    }
    Ok(Submitted { order, citizen, wish })
}

/// A citizen whose photo the engine has judged; `None` where it was given up, as it is on a machine that is busy with other things.
fn judged(url: &str) -> anyhow::Result<Option<(Client, String, String)>> {
    let mut citizen = Client::new(url);
    let order = citizen.begin()?;
    let photo = citizen.send_photo(&order, &std::fs::read(PHOTO)?)?.to.unwrap_or_default();
    loop {
        let data = citizen.data(&order)?;
        match data["photos"][0]["state"].as_str() {
            Some("judged") => return Ok(Some((citizen, order, photo))),
            Some("unreadable") => return Ok(None),
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// A reviewer of the province, who says the same as every other: of three photos, one is rejected.
fn review(url: &str, login: &str, password: &str, done: &AtomicBool) {
    let mut desk = None;
    while !done.load(Ordering::SeqCst) {
        // The service may just be gone; then the next round signs in again where it must.
        if round(&mut desk, url, login, password).is_err() {
            desk = None;
        }
        std::thread::sleep(PAUSE);
    }
}

fn round(desk: &mut Option<Client>, url: &str, login: &str, password: &str) -> anyhow::Result<()> {
    let desk = match desk {
        Some(desk) => desk,
        None => desk.insert(Client::staff(url, login, password)?),
    };
    let mut next = desk.claim()?;
    while let Some(held) = next {
        let bad = held.bytes().last().is_some_and(|last| last.is_multiple_of(3));
        let to = if bad {
            desk.post(&format!("{held}/reject"), &[("code", "X03"), ("note", "")])?
        } else {
            desk.post(&format!("{held}/accept"), &[])?
        };
        next = case(&to);
    }
    Ok(())
}

/// Waits until every order has ended; gives how many ended how.
fn wait(submitted: &mut [Submitted], count: usize) -> BTreeMap<String, usize> {
    assert_eq!(submitted.len(), count);
    let begun = Instant::now();
    loop {
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        let mut open = 0;
        for it in submitted.iter_mut() {
            let Ok(data) = it.citizen.data(&it.order) else {
                open += 1;
                continue;
            };
            let state = data["order"]["state"].as_str().unwrap().to_owned();
            let ended = match state.as_str() {
                "approved" => data["receipt"]["number"].is_string(),
                "rejected" | "withdrawn" => true,
                _ => false,
            };
            open += usize::from(!ended);
            *states.entry(state).or_default() += 1;
        }
        if open == 0 {
            return states;
        }
        assert!(begun.elapsed() < PATIENCE, "{open} orders have not ended: {states:?}");
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Holds orders and logs against each other.
fn compare(city: &Server, province: &Server, submitted: &mut [Submitted], folder: &Path) {
    let mut decided = 0;
    for it in submitted.iter_mut() {
        let data = it.citizen.data(&it.order).unwrap();
        let messages = data["messages"].as_array().unwrap();
        let told = |what: &str| messages.iter().filter(|message| message["happening"] == what).count();
        let state = data["order"]["state"].as_str().unwrap();
        let ends = (told("receipt-issued"), told("rejected"), told("withdrawn"));
        let expected = match state {
            "approved" => (1, 0, 0),
            "rejected" => (0, 1, 0),
            _ => (0, 0, 1),
        };
        assert_eq!(ends, expected, "{state}: {data:#}");
        assert_eq!(state == "withdrawn", it.wish == Wish::Nothing, "{data:#}");
        decided += usize::from(state != "withdrawn");
    }
    let log = city.log();
    let issued: Vec<&str> = log
        .iter()
        .filter(|it| it["action"] == "receipt.issued")
        .filter_map(|it| it["detail"]["order"].as_str())
        .collect();
    let once: std::collections::BTreeSet<&str> = issued.iter().copied().collect();
    assert_eq!(issued.len(), once.len(), "a receipt twice");
    let begun = Instant::now();
    loop {
        let said = logs(city, province, folder);
        let count = |action: &str| {
            let line = said.lines().find(|line| line.contains(&format!("{action} is in both")));
            line.and_then(|line| line.split(' ').next()?.parse::<usize>().ok()).unwrap_or_default()
        };
        if count("case.decided") >= decided && count("case.applied") >= decided {
            println!("{}", said.lines().filter(|line| !line.starts_with("under way")).collect::<Vec<_>>().join("\n"));
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the province has not heard of all decisions: {said}");
        std::thread::sleep(Duration::from_secs(2));
    }
    for server in [city, province] {
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole, "{said}");
        print!("{said}");
    }
    // What was just being written when it was killed has no row, and goes after an hour.
    let begun = Instant::now();
    while std::fs::read_dir(province.data().join("blobs")).unwrap().count() > IN_HAND_FILES {
        assert!(begun.elapsed() < PATIENCE, "the province keeps photos");
        std::thread::sleep(Duration::from_secs(2));
    }
    let bytes = province.bytes();
    for secret in ["小明", NUMBER] {
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "the province knows {secret}");
    }
    let said = province.log().into_iter().filter(|it| it["action"] == "receipt.issued").collect::<Vec<Value>>();
    assert!(said.is_empty(), "the province issues receipts: {said:?}");
}

/// What `huizhi audit compare` says of both logs, which have to agree at any time.
fn logs(city: &Server, province: &Server, folder: &Path) -> String {
    // Ours first: all orders have ended, so what the province may still write has its other part in it.
    let [ours, theirs] = [("ours.jsonl", city), ("theirs.jsonl", province)].map(|(name, server)| {
        let (done, lines) = server.huizhi(&["audit", "export"]);
        assert!(done, "{lines}");
        let path = folder.join(name);
        std::fs::write(&path, lines).unwrap();
        path
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_huizhi"));
    command.args(["audit", "compare"]).args([&ours, &theirs]).args(["--issuer", "HZ", "--peer", "GD"]);
    let run = command.output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    said
}
