//! kill -9 in the middle of bookings: what was answered is there, nothing is half done, and every count adds up.
//!
//! As in `kill.rs`, the test starts itself as a second process, which books, holds, moves and cancels, and says aloud what was answered.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use huizhi_domain::clock::{Clock, Moment, Zone};
use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::visit::{By, Slot, State};
use huizhi_store::{Blobs, Given, Keys, OsEntropy, Place, Settings, Store};
use sqlx::Connection as _;

use crate::contention::{ask, free_of_limits, office, plan, tomorrow};
use crate::{START, fastrand};

const FOLDER: &str = "HUIZHI_KILL_VISIT_FOLDER";
const DATABASE: &str = "HUIZHI_KILL_VISIT_DATABASE";
const PLANTED: &str = "HUIZHI_KILL_VISIT_PLANTED";
/// Kills where `HUIZHI_KILLS` says nothing.
const KILLS: usize = 12;
/// Who book at the same time.
const CROWD: usize = 16;

struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment(START)
    }
}

async fn open(folder: &Path, database: Option<&str>) -> Store {
    let place = match database {
        Some(address) => Place::Postgres(address.to_owned()),
        None => Place::Sqlite(folder.join("huizhi.sqlite")),
    };
    Store::open(Settings {
        place,
        blobs: Blobs::folder(&folder.join("blobs")).unwrap(),
        keys: Keys::in_folder(&folder.join("keys")).unwrap(),
        clock: Arc::new(Still),
        entropy: Box::new(OsEntropy),
        zone: Zone::CHINA,
        issuer: "HZ".parse().unwrap(),
    })
    .await
    .unwrap()
}

/// Says what was answered of an appointment. A line is one write, so that none is cut by the kill.
fn say(what: &str, id: AppointmentId, slot: Slot) {
    let mut out = std::io::stdout();
    out.write_all(format!("@{what} {id} {slot}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The process that is killed; without its variables it is no test and passes.
#[test]
fn the_bookings_that_are_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let database = std::env::var(DATABASE).ok();
    let planted = std::env::var(PLANTED).is_ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&folder), database.as_deref()).await;
        let planned = plan(tomorrow(), 20, 10_000);
        let office = match store.offices().await.unwrap().first() {
            Some(office) => office.id,
            None => office(&store, &planned, free_of_limits()).await,
        };
        let slots: Arc<[Slot]> = planned.iter().map(|planned| planned.slot).collect();
        let mut crowd = Vec::new();
        for _ in 0..CROWD {
            crowd.push(tokio::spawn(one(store.clone(), office, Arc::clone(&slots), planted)));
        }
        for one in crowd {
            one.await.unwrap();
        }
    });
}

/// Books, and of each four appointments moves one, cancels one and holds one first. What is about to be asked is said too: between the
/// answer and the kill it may be either way.
async fn one(store: Store, office: OfficeId, slots: Arc<[Slot]>, planted: bool) {
    for n in 0_usize.. {
        let person = fastrand() % 20_000_000;
        let slot = slots[(person % slots.len() as u64) as usize];
        let held = n % 4 == 1;
        let answer = if held {
            store.hold(ask(office, slot, person)).await
        } else {
            store.book(ask(office, slot, person)).await
        };
        // Somebody may be drawn twice.
        let Ok(Given { appointment, code }) = answer.unwrap() else { continue };
        let id = appointment.id;
        say(if held { "held" } else { "booked" }, id, slot);
        let by = By::Code { code };
        match n % 4 {
            1 => {
                say("confirming", id, slot);
                store.confirm(id, by).await.unwrap().unwrap();
                say("booked", id, slot);
            }
            2 => {
                let to = slots[((person + 1) % slots.len() as u64) as usize];
                say("moving", id, to);
                store.move_appointment(id, to, by).await.unwrap().unwrap();
                say("booked", id, to);
            }
            3 => {
                say(if planted { "cancelled" } else { "cancelling" }, id, slot);
                store.cancel_appointment(id, by).await.unwrap().unwrap();
                say("cancelled", id, slot);
            }
            _ => {}
        }
    }
}

/// What was said last of an appointment, and before that.
#[derive(Clone, Debug)]
struct Said {
    what: String,
    slot: Slot,
    before: Option<(State, Slot)>,
}

type Answered = BTreeMap<AppointmentId, Said>;

fn hear(answered: &mut Answered, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let [what, id, slot] = words[..] else { return };
    let (Ok(id), Ok(slot)) = (id.parse::<AppointmentId>(), slot.parse::<Slot>()) else { return };
    let before = answered.get(&id).and_then(|said| Some((settled(&said.what)?, said.slot)));
    answered.insert(id, Said { what: what.to_owned(), slot, before });
}

/// The state that an answer says; `None` for what was only asked.
fn settled(what: &str) -> Option<State> {
    match what {
        "held" => Some(State::Held),
        "booked" => Some(State::Booked),
        "cancelled" => Some(State::Cancelled),
        _ => None,
    }
}

fn run_and_kill(folder: &Path, database: Option<&str>, planted: bool, answered: &mut Answered) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill_visit::the_bookings_that_are_killed", "--nocapture"]).env(FOLDER, folder);
    if let Some(database) = database {
        command.env(DATABASE, database);
    }
    if planted {
        command.env(PLANTED, "1");
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (tell, told) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // The test runner's own words may stand before the first.
            if let Some((_, line)) = line.split_once('@') {
                let _ = tell.send(line.to_owned());
            }
        }
    });
    // The moment is counted in answers, as in `kill.rs`.
    for _ in 0..=fastrand() % 400 {
        match told.recv_timeout(Duration::from_secs(10)) {
            Ok(line) => hear(answered, &line),
            Err(_) => break,
        }
    }
    std::thread::sleep(Duration::from_millis(fastrand() % 10));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    for line in told.try_iter() {
        hear(answered, &line);
    }
}

/// Looks for all that was answered, and whether the counts add up. Gives what is wrong.
async fn look(folder: &Path, database: Option<&str>, answered: &Answered) -> Vec<String> {
    let store = open(folder, database).await;
    let mut wrong = Vec::new();
    for (id, said) in answered {
        let Some(now) = store.appointment(*id).await.unwrap() else {
            wrong.push(format!("{id}: {said:?}, and there is none"));
            continue;
        };
        let is = (now.state, now.slot);
        let ok = match said.what.as_str() {
            "confirming" => [State::Held, State::Booked].contains(&now.state) && now.slot == said.slot,
            "moving" => is == (State::Booked, said.slot) || Some(is) == said.before,
            "cancelling" => is == (State::Cancelled, said.slot) || Some(is) == said.before,
            answer => Some(now.state) == settled(answer) && now.slot == said.slot,
        };
        if !ok {
            wrong.push(format!("{id}: {said:?}, and it is {} at {}", now.state, now.slot));
        }
    }
    let audit = store.audit_slots(&[]).await.unwrap();
    if !audit.holds() {
        wrong.push(format!("the counts: {audit:?}"));
    }
    if let Err(fault) = store.check_log(&[]).await.unwrap() {
        wrong.push(format!("the log: {fault}"));
    }
    store.close().await;
    wrong
}

fn rounds(kills: usize, database: Option<&str>, planted: bool) -> (Vec<String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = Answered::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for _ in 0..kills {
        run_and_kill(folder.path(), database, planted, &mut answered);
        let wrong = runtime.block_on(look(folder.path(), database, &answered));
        if !wrong.is_empty() {
            return (wrong, answered.len());
        }
    }
    (Vec::new(), answered.len())
}

fn kills() -> usize {
    std::env::var("HUIZHI_KILLS").map_or(KILLS, |it| it.parse().unwrap())
}

#[test]
fn kills_lose_no_booking_that_was_answered_and_every_count_adds_up() {
    let kills = kills();
    let (wrong, answered) = rounds(kills, None, false);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(answered > 10 * kills, "only {answered} were answered");
    println!("{kills} kills, {answered} appointments, all kept");
}

#[test]
fn the_same_on_postgresql() {
    let Ok(server) = std::env::var("HUIZHI_TEST_POSTGRES") else { return };
    let name = format!("huizhi_kill_visit_{:x}", fastrand());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = |sql: String| {
        runtime.block_on(async {
            let mut admin = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
        });
    };
    run(format!("CREATE DATABASE {name}"));
    let kills = kills();
    let (wrong, answered) = rounds(kills, Some(&format!("{server}/{name}")), false);
    run(format!("DROP DATABASE {name} WITH (FORCE)"));
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{kills} kills, {answered} appointments, all kept");
}

#[test]
fn a_cancellation_that_is_answered_before_it_is_done_is_found() {
    let (wrong, _) = rounds(40, None, true);
    assert!(wrong.iter().any(|line| line.contains("\"cancelled\"") && line.contains("it is booked")), "{wrong:?}");
}
