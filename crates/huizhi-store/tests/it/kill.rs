//! kill -9 at any moment: what was answered stays, nothing is half done, nobody is issued two receipts and none without a word.
//!
//! The test starts itself as a second process that submits, decides, issues and fetches, and says aloud what was answered. It is killed
//! at a random moment, a hundred times on the same data, and what it said is looked for each time; everything it ever said, every tenth.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use huizhi_domain::clock::{Clock, Moment, Zone};
use huizhi_domain::id::OrderId;
use huizhi_domain::message::Happening;
use huizhi_domain::order::OrderState;
use huizhi_domain::receipt::{ReceiptNumber, Standing};
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::{Role, Staff};
use huizhi_domain::words::Lang;
use huizhi_store::{Blobs, Judgement, Keys, NewOrder, NewStaff, OsEntropy, Place, Settings, Store, StoreError, Window};
use sqlx::Connection as _;

use crate::{fastrand, free, reject, terms};

const FOLDER: &str = "HUIZHI_KILL_FOLDER";
const DATABASE: &str = "HUIZHI_KILL_DATABASE";
const PLANTED: &str = "HUIZHI_KILL_PLANTED";

/// Time that runs a thousand times faster, so that decisions settle in 10 ms.
struct Hasty;

impl Clock for Hasty {
    fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        // From 2020 on, or the day would be far away.
        Moment(1_577_808_000_000 + (since.as_micros() as i64 - 1_790_000_000_000_000))
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
        clock: Arc::new(Hasty),
        entropy: Box::new(OsEntropy),
        zone: Zone::CHINA,
        issuer: "HZ".parse().unwrap(),
    })
    .await
    .unwrap()
}

/// Says that something was answered. A line is one write, so that none is cut by the kill.
fn say(line: &str) {
    let mut out = std::io::stdout();
    out.write_all(format!("@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The process that is killed; without its variables it is no test and passes.
#[test]
fn the_load_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let database = std::env::var(DATABASE).ok();
    let planted = std::env::var(PLANTED).is_ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&folder), database.as_deref()).await;
        let staff = staff(&store).await;
        say("ready");
        let mut tasks = Vec::new();
        for _ in 0..4 {
            tasks.push(tokio::spawn(citizen(store.clone(), planted)));
        }
        for (n, staff) in staff.iter().enumerate().take(2) {
            tasks.push(tokio::spawn(reviewer(store.clone(), staff.clone(), n)));
        }
        tasks.push(tokio::spawn(worker(store.clone())));
        tasks.push(tokio::spawn(window(store.clone(), staff[2].clone())));
        for task in tasks {
            task.await.unwrap();
        }
    });
}

async fn staff(store: &Store) -> Vec<Staff> {
    let mut all = store.all_staff().await.unwrap();
    while all.len() < 3 {
        let login = format!("staff {}", all.len());
        let (role, office) = match all.len() {
            2 => (Role::Clerk, Some(store.add_office("441300", "窗口", "惠州").await.unwrap().id)),
            _ => (Role::Reviewer, None),
        };
        let new = NewStaff { name: login.clone(), login, role, office, password: "-".to_owned() };
        store.add_staff(new).await.unwrap();
        all = store.all_staff().await.unwrap();
    }
    all
}

async fn citizen(store: Store, planted: bool) {
    let visitor = store.visitor("browser");
    loop {
        let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
        let (order, _) = store.begin_order(new, &visitor).await.unwrap();
        say(&format!("begun {}", order.id));
        let photo = store.receive_photo(order.id, order.id.to_string().as_bytes()).await.unwrap();
        let judgement = Judgement {
            verdict: "fits".to_owned(),
            codes: Vec::new(),
            report: serde_json::json!({}),
            preview: b"preview".to_vec(),
            id_photo: Some(order.id.to_string().into_bytes()),
        };
        store.judged(photo, judgement).await.unwrap();
        if planted {
            // The fault that the check has to find: an answer before the work.
            say(&format!("submitted {}", order.id));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        store.submit(order.id, photo, None, free(), false).await.unwrap();
        say(&format!("submitted {}", order.id));
    }
}

async fn reviewer(store: Store, staff: Staff, n: usize) {
    let mut count = n;
    loop {
        let Some(case) = store.claim(&staff).await.unwrap() else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        count += 1;
        let opinion = if count.is_multiple_of(4) { reject("X01") } else { Opinion::Accept };
        // The clock runs so fast that a lease may lapse meanwhile.
        match store.decide(&staff, case.photo.id, opinion).await {
            Ok(_) => say(&format!("decided {}", case.order.id)),
            Err(StoreError::Review(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn worker(store: Store) {
    loop {
        store.settle_due().await.unwrap();
        store.issue_due(&terms).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn window(store: Store, clerk: Staff) {
    let visitor = store.visitor("browser");
    let window = Window { staff: clerk.id, office: clerk.office.unwrap(), purpose: "换领".to_owned() };
    loop {
        for order in store.orders_of(&visitor).await.unwrap() {
            let Some(issued) = store.receipt_of(order.id).await.unwrap() else { continue };
            say(&format!("issued {} {}", order.id, issued.number.reveal()));
            if store.reserve(&issued.number, "cn-resident-id", &window).await.is_ok()
                && store.consume(&issued.number, "cn-resident-id", &window).await.is_ok()
            {
                say(&format!("consumed {} {}", order.id, issued.number.reveal()));
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Everything that was ever answered.
#[derive(Default)]
struct Answered(BTreeSet<String>);

impl Answered {
    fn reached_a_window(&self) -> bool {
        self.0.iter().any(|line| line.starts_with("consumed"))
    }
}

/// Runs the load, kills it, and takes down what it said.
fn run_and_kill(folder: &Path, database: Option<&str>, planted: bool, answered: &mut Answered) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill::the_load_that_is_killed", "--nocapture"]).env(FOLDER, folder);
    if let Some(database) = database {
        command.env(DATABASE, database);
    }
    if planted {
        command.env(PLANTED, "1");
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (hear, heard) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // The test runner's own words may stand before the first.
            if let Some((_, line)) = line.split_once('@') {
                let _ = hear.send(line.to_owned());
            }
        }
    });
    // The moment is counted in answers, for a fixed time holds a hundred on one machine and none on another.
    let most = 1 + fastrand() % 60;
    for _ in 0..most {
        match heard.recv_timeout(Duration::from_secs(10)) {
            Ok(line) => drop(answered.0.insert(line)),
            Err(_) => break,
        }
    }
    std::thread::sleep(Duration::from_millis(fastrand() % 30));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    answered.0.extend(heard.try_iter());
}

/// Which orders are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Orders {
    /// Those that something was answered of.
    Answered,
    /// All that are there.
    All,
}

/// Looks for what was answered, and for what must never be. Gives what is wrong.
async fn look(folder: &Path, database: Option<&str>, answered: &BTreeSet<String>, orders: Orders) -> Vec<String> {
    let store = open(folder, database).await;
    let mut wrong = Vec::new();
    for line in answered {
        let mut words = line.split(' ');
        let what = words.next().unwrap_or_default();
        let Some(Ok(id)) = words.next().map(str::parse::<OrderId>) else { continue };
        let Some(order) = store.order(id).await.unwrap() else {
            wrong.push(format!("{line}: no such order"));
            continue;
        };
        let number = words.next().map(|text| text.parse::<ReceiptNumber>().unwrap());
        let ok = match what {
            "submitted" => order.state != OrderState::Draft,
            "decided" => order.state != OrderState::Waiting || order.attempt.is_some(),
            "issued" => {
                let now = store.receipt_of(id).await.unwrap();
                now.is_some_and(|now| Some(now.number) == number)
            }
            "consumed" => {
                let now = store.receipt_of(id).await.unwrap();
                now.is_some_and(|now| now.receipt.uses.iter().any(|it| it.consumed_at.is_some()))
            }
            _ => true,
        };
        if !ok {
            wrong.push(format!("{line}: the order is {}", order.state));
        }
    }
    let visitor = store.visitor("browser");
    let all = if orders == Orders::All { store.orders_of(&visitor).await.unwrap() } else { Vec::new() };
    for order in all {
        let told = store.messages_of(order.id).await.unwrap();
        let count = |what| told.iter().filter(|message| message.happening == what).count();
        if order.state != OrderState::Draft && count(Happening::Submitted) != 1 {
            wrong.push(format!("{}: submitted, and told {} times", order.id, count(Happening::Submitted)));
        }
        if order.state == OrderState::Rejected && count(Happening::Rejected) != 1 {
            wrong.push(format!("{}: rejected, and told {} times", order.id, count(Happening::Rejected)));
        }
        let Some(issued) = store.receipt_of(order.id).await.unwrap() else { continue };
        if count(Happening::ReceiptIssued) != 1 {
            wrong.push(format!("{}: a receipt, and told {} times", order.id, count(Happening::ReceiptIssued)));
        }
        if store.standing(&issued.number).await.unwrap() == Some(Standing::Valid) {
            let photo = store.receipt_photo(order.id).await.unwrap();
            if photo != Some(order.id.to_string().into_bytes()) {
                wrong.push(format!("{}: a receipt without its photo", order.id));
            }
        }
    }
    if let Err(fault) = store.check_log(&[]).await.unwrap() {
        wrong.push(format!("the log: {fault}"));
    }
    store.close().await;
    wrong
}

fn rounds(kills: usize, database: Option<&str>, planted: bool) -> (Vec<String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = Answered::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Some more where by chance none came as far as the window.
    for kill in 0..10 * kills {
        if kill >= kills && answered.reached_a_window() {
            break;
        }
        let before = answered.0.clone();
        run_and_kill(folder.path(), database, planted, &mut answered);
        // What one kill takes of an earlier one's answers is still gone ten kills later: looking for all of it each time would take
        // longer with every kill.
        let (lines, orders) = if (kill + 1) % 10 == 0 {
            (answered.0.clone(), Orders::All)
        } else {
            (answered.0.difference(&before).cloned().collect(), Orders::Answered)
        };
        let wrong = runtime.block_on(look(folder.path(), database, &lines, orders));
        if !wrong.is_empty() {
            return (wrong, answered.0.len());
        }
    }
    assert!(answered.reached_a_window(), "no photo came as far as a window");
    (runtime.block_on(look(folder.path(), database, &answered.0, Orders::All)), answered.0.len())
}

#[test]
fn a_hundred_kills_lose_nothing_that_was_answered() {
    let (wrong, answered) = rounds(100, None, false);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(answered > 1000, "the load said only {answered} things");
    println!("100 kills, {answered} answers, all kept");
}

#[test]
fn twenty_kills_lose_nothing_on_postgresql() {
    let Ok(server) = std::env::var("HUIZHI_TEST_POSTGRES") else { return };
    let name = format!("huizhi_kill_{:x}", fastrand());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = |sql: String| {
        runtime.block_on(async {
            let mut admin = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
        });
    };
    run(format!("CREATE DATABASE {name}"));
    let (wrong, answered) = rounds(20, Some(&format!("{server}/{name}")), false);
    run(format!("DROP DATABASE {name} WITH (FORCE)"));
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("20 kills, {answered} answers, all kept");
}

#[test]
fn an_answer_before_the_work_is_found() {
    let (wrong, _) = rounds(30, None, true);
    assert!(wrong.iter().any(|line| line.starts_with("submitted") && line.ends_with("draft")), "{wrong:?}");
}
