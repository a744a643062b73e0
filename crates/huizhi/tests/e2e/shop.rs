//! A photo shop's folder from photos to receipts by one command, cut off twice.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, NUMBER};
use crate::server::Server;

const PHOTO: &[u8] = include_bytes!("../../../../corpus/portraits/officer_cap_glasses.jpg");

/// How many photos: few, so that the engine's time does not count; more by an operator's wish.
fn photos() -> usize {
    std::env::var("HUIZHI_SHOP_PHOTOS").ok().and_then(|it| it.parse().ok()).unwrap_or(6)
}

/// The same picture as another file: JPEG's comments are nothing to see.
fn another(number: usize) -> Vec<u8> {
    let comment = format!("photo {number}");
    let mut file = PHOTO[..2].to_vec();
    file.extend([0xFF, 0xFE]);
    file.extend(u16::try_from(comment.len() + 2).unwrap().to_be_bytes());
    file.extend(comment.bytes());
    file.extend(&PHOTO[2..]);
    file
}

/// A folder with photos and their table; every third customer's cells would calculate in a spreadsheet.
fn folder(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("照片,同意,姓名,证件号码,单号,理由\n");
    for i in 0..count {
        std::fs::write(folder.path().join(format!("{i:03}.jpg")), another(i)).unwrap();
        let reference = if i % 3 == 0 { format!("=SUM({i})") } else { format!("第 {i} 单") };
        table += &[&format!("{i:03}.jpg"), "是", "小明", NUMBER, &reference, "religious"].join(",");
        table.push('\n');
    }
    std::fs::write(folder.path().join("customers.csv"), table).unwrap();
    folder
}

fn shop(server: &Server, folder: &Path, key: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huizhi"));
    command.arg("shop").args(arguments).arg(folder).args(["--server", &server.url, "--lang", "en"]);
    command.env("HUIZHI_KEY", key).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Lines of the journal that say that a photo was submitted.
fn submitted(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("huizhi-shop.jsonl")).unwrap_or_default();
    text.lines().filter(|line| line.contains("\"state\":\"waiting\"")).count()
}

/// Cuts a run off when so many photos are submitted.
fn cut_off(mut run: Child, folder: &Path, after: usize) {
    let begun = Instant::now();
    while submitted(folder) < after {
        assert!(begun.elapsed() < Duration::from_mins(5), "only {} are submitted", submitted(folder));
        assert!(run.try_wait().unwrap().is_none(), "the run ended before it was cut off");
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

fn all_orders(server: &Server, key: &str) -> Vec<Value> {
    let (mut orders, mut cursor) = (Vec::new(), String::new());
    loop {
        let url = format!("{}/api/v1/orders?limit=50{cursor}", server.url);
        let mut answer = ureq::get(url).header("authorization", format!("Bearer {key}")).call().unwrap();
        let page: Value = answer.body_mut().read_json().unwrap();
        orders.extend(page["orders"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return orders,
        }
    }
}

#[test]
fn a_folder_that_is_cut_off_twice_becomes_each_receipt_once() {
    let count = photos();
    let server = Server::start();
    let (made, key) = server.huizhi(&["key", "add", "晨光照相馆", "--rate", "6000"]);
    assert!(made, "{key}");
    let key = key.split_whitespace().find(|word| word.starts_with("hz1_")).unwrap().to_owned();
    let folder = folder(count);
    let folder = folder.path();
    cut_off(shop(&server, folder, &key, &["run", "--city", "441300"]).spawn().unwrap(), folder, count / 3);
    cut_off(shop(&server, folder, &key, &["run", "--city", "441300"]).spawn().unwrap(), folder, count * 2 / 3);

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for login in ["shenhe1", "shenhe2"] {
            let (server, done) = (&server, &done);
            scope.spawn(move || {
                let mut desk = Client::staff(&server.url, login, &server.passwords[login]).unwrap();
                while !done.load(Ordering::Relaxed) {
                    match desk.claim().unwrap() {
                        Some(case) => drop(desk.post(&format!("{case}/accept"), &[]).unwrap()),
                        None => std::thread::sleep(Duration::from_millis(200)),
                    }
                }
            });
        }
        let run = shop(&server, folder, &key, &["run", "--city", "441300"]).output().unwrap();
        done.store(true, Ordering::Relaxed);
        let said = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
        assert!(run.status.code() == Some(0) || run.status.code() == Some(1), "{said}");
        println!("{said}");
    });
    // A receipt that was still being written when it was asked for.
    let again = shop(&server, folder, &key, &["receipts"]).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));

    let orders = all_orders(&server, &key);
    assert_eq!(orders.len(), count, "an order each");
    assert!(orders.iter().all(|order| order["state"] == "approved"), "{orders:#?}");
    let references: BTreeSet<&str> = orders.iter().filter_map(|order| order["reference"].as_str()).collect();
    assert_eq!(references.len(), count);
    let sheets = std::fs::read_dir(folder.join("receipts")).unwrap().flatten();
    let sheets = sheets.filter(|file| file.file_name().to_string_lossy().ends_with("_jpg.pdf")).count();
    assert_eq!(sheets, count, "a sheet each");
    let table = std::fs::read_to_string(folder.join("receipts/receipts.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let numbers: BTreeSet<&str> = rows.iter().map(|row| &row[2]).collect();
    assert_eq!((rows.len(), numbers.len()), (count, count), "a number each");
    assert!(rows.iter().all(|row| !row[1].starts_with('=')), "no cell calculates");
    let journal = std::fs::read_to_string(folder.join("huizhi-shop.jsonl")).unwrap();
    assert!(!journal.contains("小明") && !journal.contains(NUMBER), "the journal names nobody");
}

#[test]
fn a_table_with_a_faulty_row_sends_nothing() {
    let server = Server::start();
    let folder = folder(2);
    let table = folder.path().join("customers.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, text + "../passwd,是,小明,,,\n").unwrap();
    // The key opens nothing: with a faulty row the service is not asked.
    let run = shop(&server, folder.path(), "hz1_none_none", &["submit", "--city", "441300"]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    let refused = std::fs::read_to_string(folder.path().join("refused.csv")).unwrap();
    assert!(refused.contains("4,../passwd,file,"), "{refused}");
}
