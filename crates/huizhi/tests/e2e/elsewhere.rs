//! A receipt of one centre at a window of another: two services, one on PostgreSQL where there is one, and a line that breaks.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use huizhi_domain::peer::compare::{Side, compare};
use serde_json::Value;

use crate::client::{Client, Window};
use crate::database::on_both;
use crate::proxy::{Fault, Line};
use crate::server::Server;

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");
const CARD: &str = "cn-resident-id";

/// Both know each other and have agreed on receipts; the second calls the first over the line.
fn meet(issues: &Server, fetches: &Server, line: &Line) {
    let card = |server: &Server, name: &str, address: &str| {
        let (done, card) = server.huizhi(&["peer", "card", "--name", name, "--address", address]);
        assert!(done, "{card}");
        let path = server.folder.path().join("card.json");
        std::fs::write(&path, card).unwrap();
        path.display().to_string()
    };
    let (one, other) = (card(issues, "惠州", &line.url), card(fetches, "广州", "https://gz.example"));
    for (server, card) in [(fetches, one), (issues, other)] {
        let (done, said) = server.huizhi(&["peer", "add", &card, "--rights", "receipts"]);
        assert!(done, "{said}");
    }
}

/// What the second is told: who it is, and that it may call over the line.
fn told(line: &Line, folder: &Path) -> Vec<(&'static str, String)> {
    let port = line.url.rsplit(':').next().unwrap();
    let allow = format!("[[allow]]\nhost = \"127.0.0.1\"\nport = {port}\nhttp = true\nprivate = true\n");
    let channels = folder.join("channels.toml");
    std::fs::write(&channels, allow).unwrap();
    vec![("HUIZHI_ISSUER", "GZ".to_owned()), ("HUIZHI_CHANNELS", channels.display().to_string())]
}

/// Receipts of orders that two reviewers let through; gives numbers and photos.
pub(crate) fn receipts(server: &Server, count: usize) -> Vec<(String, Vec<u8>)> {
    let staff = |login: &str| Client::staff(&server.url, login, &server.passwords[login]).unwrap();
    let mut reviewers = [staff("shenhe1"), staff("shenhe2")];
    let photo = std::fs::read(PHOTO).unwrap();
    let mut orders = Vec::new();
    for _ in 0..count {
        let mut citizen = Client::new(&server.url);
        let order = citizen.begin_in("440300").unwrap();
        let report = citizen.report(&order, &photo).unwrap();
        citizen.submit(&order, &report).unwrap();
        orders.push((citizen, order));
    }
    // Each photo has a fault and a reason, so both look.
    for reviewer in &mut reviewers {
        for _ in 0..count {
            let case = reviewer.claim_soon().unwrap();
            reviewer.post(&format!("{case}/accept"), &[]).unwrap();
        }
    }
    orders
        .into_iter()
        .map(|(mut citizen, order)| {
            let number = citizen.receipt(&order).unwrap();
            let photo = citizen.get(&format!("{order}/receipt/photo.jpg")).unwrap();
            (number, photo)
        })
        .collect()
}

fn decoded(said: &Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(said["photo"].as_str().unwrap()).unwrap()
}

fn code((status, said): (u16, Value)) -> (u16, String) {
    (status, said["code"].as_str().unwrap_or_default().to_owned())
}

/// Waits until the log of a service has so many entries of an action.
fn until(server: &Server, action: &str, count: usize) {
    let begun = Instant::now();
    while count_of(server, action) < count {
        assert!(begun.elapsed() < Duration::from_mins(1), "{action} is not {count} times in the log after a minute");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn count_of(server: &Server, action: &str) -> usize {
    server.log().iter().filter(|entry| entry["action"] == action).count()
}

#[test]
fn a_window_uses_another_centres_receipt_once_though_the_line_breaks() {
    on_both(|database| {
        let issues = Server::start_on(database);
        let line = Line::new(0);
        line.lead_to(&issues.url);
        line.always(Fault::None);
        let folder = tempfile::tempdir().unwrap();
        let fetches = Server::start_told(None, told(&line, folder.path()));
        meet(&issues, &fetches, &line);
        let given = receipts(&issues, 2);
        let [(first, photo), (second, _)] = given.as_slice() else { panic!() };
        let sign_in =
            |server: &Server, login: &str| Window::sign_in(&server.url, login, &server.passwords[login]).unwrap();
        let (window, other) = (sign_in(&fetches, "chuangkou1"), sign_in(&issues, "chuangkou1"));

        // It comes, as it is at its own windows, and is kept nowhere.
        let (status, said) = window.fetch(first, CARD).unwrap();
        assert_eq!((status, said["issuer"].as_str()), (200, Some("HZ")), "{said}");
        assert_eq!(&decoded(&said), photo);
        assert!(said["applicant"].as_str().unwrap().contains('*') && !said.to_string().contains("小明"), "{said}");
        let kept = fetches.bytes();
        assert!(!kept.windows(64).any(|part| part == &photo[photo.len() / 2..][..64]), "a photo is on the disk");
        assert!(!kept.windows(20).any(|part| part == first.as_bytes()), "a number is on the disk");
        drop(kept);
        assert_eq!(code(other.fetch(first, CARD).unwrap()), (409, "taken-held".to_owned()));

        // The line is cut while it is used: it is written down, and nobody here gets it again.
        line.always(Fault::Lost);
        let (status, said) = window.consume(first, CARD).unwrap();
        assert_eq!(status, 202, "{said}");
        assert_eq!(code(window.fetch(first, CARD).unwrap()), (409, "taken-used".to_owned()));
        assert_eq!(code(window.fetch(second, CARD).unwrap()), (503, "peer-unreachable".to_owned()));
        assert_eq!(count_of(&issues, "receipt.consumed"), 0);
        line.always(Fault::None);
        until(&fetches, "receipt.consumed-elsewhere", 1);
        let (status, said) = window.fetch(first, CARD).unwrap();
        assert_eq!((status, said["code"].as_str()), (409, Some("taken-used")), "{said}");
        assert!(said["at"].is_number() && said["office"].is_string(), "{said}");
        let (status, said) = other.fetch(first, CARD).unwrap();
        assert_eq!((status, said["code"].as_str()), (409, Some("taken-used")));
        assert!(said["office"].as_str().unwrap().starts_with("广州 "), "{said}");

        // A byte that changes on the way is found, and the photo is not shown.
        line.always(Fault::Changed);
        assert_eq!(code(window.fetch(second, CARD).unwrap()), (502, "peer-photo".to_owned()));
        line.always(Fault::None);
        assert_eq!(window.fetch(second, CARD).unwrap().0, 200);
        // The answer is lost: the use is there, and told again until it is known here too.
        line.always(Fault::AnswerLost);
        assert_eq!(window.consume(second, CARD).unwrap().0, 202);
        until(&issues, "receipt.consumed", 2);
        line.always(Fault::None);
        until(&fetches, "receipt.consumed-elsewhere", 2);
        assert_eq!(count_of(&issues, "receipt.consumed"), 2, "each once");

        // Whose numbers nobody knows.
        assert_eq!(code(window.fetch(&foreign("QQ"), CARD).unwrap()), (404, "issuer-unknown".to_owned()));
        agree(&issues, &fetches);
    });
}

/// Both logs are whole, and hold against each other.
fn agree(issues: &Server, fetches: &Server) {
    let entries = |server: &Server| -> Vec<Vec<u8>> {
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole, "{said}");
        let (done, lines) = server.huizhi(&["audit", "export"]);
        assert!(done);
        lines.lines().map(|line| line.as_bytes().to_vec()).collect()
    };
    let (one, other) = (entries(issues), entries(fetches));
    let side = |code: &str, entries| Side { code: code.parse().unwrap(), entries };
    let found = compare(side("GZ", &other), side("HZ", &one));
    println!("{found:?}");
    assert!(found.agrees(), "{found:?}");
    assert_eq!(found.matched.get("receipt.consumed"), Some(&2));
    assert!(found.heads >= 4, "heads of the other's log that were written down and hold");
    let alone: BTreeSet<&str> = found.open.iter().map(|(action, _)| *action).collect();
    assert!(alone.is_subset(&BTreeSet::from(["receipt.reserved"])), "only what was lost on the way: {found:?}");
}

/// A well-formed number of an issuer.
pub(crate) fn foreign(issuer: &str) -> String {
    let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut pairs = alphabet.chars().flat_map(|a| alphabet.chars().map(move |b| (a, b)));
    let number = |(a, b)| format!("{issuer}0000000000000000{a}{b}");
    pairs
        .find_map(|pair| Some(number(pair)).filter(|it| it.parse::<huizhi_domain::receipt::ReceiptNumber>().is_ok()))
        .unwrap()
}
