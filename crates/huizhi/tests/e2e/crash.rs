//! kill -9 of the service at any moment of a load of orders, reviews and fetches: what was answered is there after the next start, nobody
//! has two receipts, and none goes without a word. `HUIZHI_KILLS` says how often.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::client::{Client, Window, case};
use crate::database::on_both;
use crate::server::Server;

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");

/// Kills where nobody says how many.
const KILLS: u64 = 8;
/// A load runs so long at least, and up to twice as long; a decision holds after ten seconds, so receipts come from the third round on.
const LOAD: Duration = Duration::from_millis(2500);
/// It runs on where nothing came further meanwhile, as on a machine with much else to do, but no longer than this.
const LONGEST_LOAD: Duration = Duration::from_mins(1);
/// Submitted orders on their way at a time; more would only make the looking long.
const UNDER_WAY: usize = 24;
/// Pause of who finds nothing to do.
const PAUSE: Duration = Duration::from_millis(30);

/// What the service answered about one order.
#[derive(Clone)]
struct Known {
    citizen: Client,
    photo: Option<String>,
    submitted: bool,
    number: Option<String>,
    used: bool,
}

/// What the service answered about all orders, by path, and how often reviewers were told that their decision counts.
#[derive(Default)]
struct Answered {
    orders: BTreeMap<String, Known>,
    decisions: usize,
}

impl Answered {
    fn count(&self, what: fn(&Known) -> bool) -> usize {
        self.orders.values().filter(|known| what(known)).count()
    }

    fn receipts(&self) -> usize {
        self.count(|known| known.number.is_some())
    }

    fn used(&self) -> usize {
        self.count(|known| known.used)
    }

    /// Grows with every answer that brings an order further.
    fn steps(&self) -> usize {
        self.count(|known| known.submitted) + self.decisions + self.receipts() + self.used()
    }
}

type Ledger = Mutex<Answered>;

#[test]
fn nothing_that_was_answered_is_lost_when_the_service_is_killed() {
    let kills = std::env::var("HUIZHI_KILLS").map_or(KILLS, |it| it.parse().unwrap());
    on_both(|database| {
        let mut server = Server::start_on(database);
        let (desks, window) = sign_in(&server);
        let ledger = Ledger::default();
        let mut round = 0;
        // Some more where by chance none came as far as a window.
        while round < kills || (round < 4 * kills && ledger.lock().unwrap().used() == 0) {
            load_and_kill(&mut server, &desks, &window, &ledger);
            server.start_again();
            let wrong = look(&server, &ledger.lock().unwrap());
            round += 1;
            assert!(wrong.is_empty(), "after kill {round}: {wrong:#?}");
            if round % 10 == 0 {
                println!("{round} kills");
            }
        }
        let answered = ledger.lock().unwrap();
        let (receipts, used) = (answered.receipts(), answered.used());
        println!(
            "{round} kills: {} orders, {} decisions, {receipts} receipts, {used} uses, all kept",
            answered.orders.len(),
            answered.decisions
        );
        assert!(receipts > 0 && used > 0, "no photo came as far as a window");
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole, "{said}");
    });
}

#[test]
fn data_of_before_in_place_of_what_was_answered_is_found() {
    let mut server = Server::start();
    let (desks, window) = sign_in(&server);
    let ledger = Ledger::default();
    server.kill();
    let (data, before) = (server.data(), server.folder.path().join("before"));
    copy(&data, &before);
    server.start_again();
    load_and_kill(&mut server, &desks, &window, &ledger);
    std::fs::remove_dir_all(&data).unwrap();
    copy(&before, &data);
    server.start_again();
    let answered = ledger.lock().unwrap();
    let wrong = look(&server, &answered);
    assert!(answered.orders.keys().all(|order| wrong.iter().any(|line| line.starts_with(order))), "{wrong:?}");
}

#[test]
fn a_write_that_fails_ends_the_service_and_takes_back_nothing_that_was_answered() {
    let mut server = Server::start();
    server.kill();
    let said = server.folder.path().join("said");
    // Ignored, the signal of the limit leaves a failed write, as a full disk does; the setting is kept when a program becomes another.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_huizhi")]);
    command.stderr(Stdio::from(std::fs::File::create(&said).unwrap()));
    server.start_again_as(command);
    let mut citizen = Client::new(&server.url);
    let mut kept = vec![citizen.begin().unwrap()];
    let written = std::fs::metadata(server.data().join("huizhi.sqlite-wal")).unwrap().len();
    let limit = format!("--fsize={written}");
    let limited = Command::new("prlimit").args(["--pid", &server.id().to_string(), &limit]).status();
    assert!(limited.unwrap().success());
    // Some may still be answered, where the file has room within its length.
    while let Ok(order) = Client::new(&server.url).begin().and_then(|order| citizen.begin().map(|_| order)) {
        kept.push(order);
    }
    assert_eq!(server.ended(), Some(3));
    let said = std::fs::read_to_string(said).unwrap();
    assert!(said.contains("takes no more writes; see to the disk and start again"), "{said}");
    server.start_again();
    assert_eq!(citizen.ask(&kept[0]).unwrap().status, 200);
    let begun = server.log().iter().filter(|entry| entry["action"] == "order.begun").count();
    assert!(begun >= kept.len(), "{begun} of {} orders are in the log", kept.len());
    let (whole, said) = server.huizhi(&["audit", "verify"]);
    assert!(whole, "{said}");
}

fn sign_in(server: &Server) -> (Vec<Client>, Window) {
    let staff = |login: &str| Client::staff(&server.url, login, &server.passwords[login]).unwrap();
    let window = Window::sign_in(&server.url, "chuangkou1", &server.passwords["chuangkou1"]).unwrap();
    (vec![staff("shenhe1"), staff("shenhe2")], window)
}

/// Runs the load for a while of no fixed length, and kills the service under it.
fn load_and_kill(server: &mut Server, desks: &[Client], window: &Window, ledger: &Ledger) {
    let mut byte = [0; 2];
    getrandom::fill(&mut byte).unwrap();
    let share = f64::from(u16::from_le_bytes(byte)) / f64::from(u16::MAX);
    let url = server.url.clone();
    let before = ledger.lock().unwrap().steps();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| until_gone(|| order(&url, ledger)));
        }
        for desk in desks {
            let mut desk = desk.clone();
            scope.spawn(move || until_gone(|| review(&mut desk, ledger)));
        }
        scope.spawn(|| until_gone(|| fetch(&window.again(), ledger)));
        let begun = Instant::now();
        std::thread::sleep(LOAD.mul_f64(1.0 + share));
        while ledger.lock().unwrap().steps() == before && begun.elapsed() < LONGEST_LOAD {
            std::thread::sleep(PAUSE);
        }
        server.kill();
    });
}

/// Does something again and again until the service is gone. Any other failure is the service's.
fn until_gone(mut step: impl FnMut() -> anyhow::Result<()>) {
    loop {
        match step() {
            Ok(()) => {}
            Err(error) if error.is::<ureq::Error>() => return,
            Err(error) => panic!("the service failed before it was killed: {error:#}"),
        }
    }
}

/// A citizen up to the submitted order. Each step is noted when it is answered.
fn order(url: &str, ledger: &Ledger) -> anyhow::Result<()> {
    let under_way = |answered: &Answered| answered.orders.values().filter(|it| it.submitted && !it.used).count();
    if under_way(&ledger.lock().unwrap()) >= UNDER_WAY {
        std::thread::sleep(PAUSE);
        return Client::new(url).get("/health").map(drop);
    }
    let mut citizen = Client::new(url);
    let order = citizen.begin()?;
    let known = Known { citizen: citizen.clone(), photo: None, submitted: false, number: None, used: false };
    ledger.lock().unwrap().orders.insert(order.clone(), known);
    let note = |change: &dyn Fn(&mut Known)| change(ledger.lock().unwrap().orders.get_mut(&order).unwrap());
    let photo = citizen.report(&order, &std::fs::read(PHOTO)?)?;
    note(&|known| known.photo = Some(photo.clone()));
    citizen.submit(&order, &photo)?;
    note(&|known| known.submitted = true);
    Ok(())
}

fn review(desk: &mut Client, ledger: &Ledger) -> anyhow::Result<()> {
    let mut next = desk.claim()?;
    while let Some(held) = next {
        let to = desk.post(&format!("{held}/accept"), &[])?;
        ledger.lock().unwrap().decisions += usize::from(to.contains("accepted=true"));
        next = case(&to);
    }
    std::thread::sleep(PAUSE);
    Ok(())
}

/// A clerk who asks for every photo that has a receipt, and says that it was used.
fn fetch(window: &Window, ledger: &Ledger) -> anyhow::Result<()> {
    let orders: Vec<(String, Known)> = {
        let answered = ledger.lock().unwrap();
        answered
            .orders
            .iter()
            .filter(|(_, known)| known.submitted && !known.used)
            .map(|it| (it.0.clone(), it.1.clone()))
            .collect()
    };
    for (order, mut known) in orders {
        let Some(number) = known.citizen.data(&order)?["receipt"]["number"].as_str().map(str::to_owned) else {
            continue;
        };
        let note = |change: &dyn Fn(&mut Known)| change(ledger.lock().unwrap().orders.get_mut(&order).unwrap());
        note(&|known| known.number = Some(number.clone()));
        // Killed between use and answer, it was used and nobody knows; the next time it is refused, which says so.
        if window.fetch(&number, "cn-resident-id")?.0 != 200 || window.consume(&number, "cn-resident-id")?.0 == 200 {
            note(&|known| known.used = true);
        }
    }
    std::thread::sleep(PAUSE);
    // Where there was nothing to fetch, it would never learn that the service is gone.
    window.see()
}

/// Looks for everything that was answered, and for what must never be. Gives what is wrong.
fn look(server: &Server, answered: &Answered) -> Vec<String> {
    let mut wrong = Vec::new();
    for (order, known) in &answered.orders {
        let mut citizen = known.citizen.clone();
        let Ok(data) = citizen.data(order) else {
            wrong.push(format!("{order}: it is gone"));
            continue;
        };
        let mut must = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{order}: {what}: {data:#}"));
            }
        };
        let told = |what: &str| {
            data["messages"].as_array().into_iter().flatten().filter(|message| message["happening"] == what).count()
        };
        if let Some(photo) = &known.photo {
            must(citizen.ask(photo).is_ok_and(|answer| [200, 303].contains(&answer.status)), "its photo is gone");
        }
        must(!known.submitted || data["order"]["state"] != "draft", "it was submitted and is a draft");
        must(data["order"]["state"] == "draft" || told("submitted") == 1, "its submission was not told once");
        let number = data["receipt"]["number"].as_str();
        must(known.number.is_none() || known.number.as_deref() == number, "its receipt has another number");
        must(told("receipt-issued") == usize::from(number.is_some()), "its receipt was not told once");
        let used = data["receipt"]["record"]["uses"].as_array().into_iter().flatten();
        let used = used.filter(|it| it["consumed_at"].is_number()).count();
        must(used >= usize::from(known.used), "its use is gone");
    }
    let log = server.log();
    let issued: Vec<&str> = log
        .iter()
        .filter(|entry| entry["action"] == "receipt.issued")
        .filter_map(|entry| entry["detail"]["order"].as_str())
        .collect();
    let once: std::collections::BTreeSet<&str> = issued.iter().copied().collect();
    if once.len() != issued.len() {
        wrong.push(format!("{} receipts for {} orders", issued.len(), once.len()));
    }
    let decided = log.iter().filter(|entry| entry["action"] == "photo.decided").count();
    if decided < answered.decisions {
        wrong.push(format!("{decided} decisions, of {} that were answered", answered.decisions));
    }
    wrong
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
