//! The second implementation of what peers say, in Python and by the document alone, against the real program.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::receipt::Signer;
use serde_json::{Value, json};

use crate::elsewhere::{foreign, receipts};
use crate::server::Server;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/peer");
const CARD: &str = "cn-resident-id";

/// Whether it ended well, and what it said.
fn python(arguments: &[&str]) -> (bool, String) {
    let run = Command::new("python3").env("PYTHONDONTWRITEBYTECODE", "1").args(arguments).output();
    let Ok(run) = run else { return (false, String::new()) };
    let said = [run.stdout, run.stderr].concat();
    (run.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_client_in_python_uses_a_receipt_once_and_is_refused_what_has_to_be() {
    if !python(&["-c", "import cryptography"]).0 {
        println!("Python or its cryptography is not installed: what needs it is left out");
        return;
    }
    let server = Server::start();
    let secrets = [[7; 32], [8; 32], [9; 32]];
    let public = secrets.map(|secret| BASE64.encode(Signer::new(&secret).public()));
    let place = |name: &str| server.folder.path().join(name).display().to_string();
    let card = json!({ "code": "PY", "name": "Python", "address": "https://py.example", "key": public[0] });
    std::fs::write(place("card.json"), card.to_string()).unwrap();
    for arguments in [
        vec!["peer", "add", &place("card.json"), "--rights", "receipts"],
        // A clock that is behind must not meet a key that is younger than what it says.
        vec!["peer", "key", "PY", &public[0], "--from", "2020-01-01"],
        vec!["peer", "key", "PY", &public[1], "--from", "2020-01-01", "--until", "2020-02-01"],
        vec!["peer", "key", "PY", &public[2], "--from", "2090-01-01"],
    ] {
        let (done, said) = server.huizhi(&arguments);
        assert!(done, "{arguments:?}: {said}");
    }
    let (done, ours) = server.huizhi(&["peer", "card", "--name", "惠州", "--address", &server.url]);
    assert!(done, "{ours}");
    let ours: Value = serde_json::from_str(&ours).unwrap();
    let (number, photo) = receipts(&server, 1).remove(0);
    let [secret, expired, early] = secrets.map(|secret| BASE64.encode(secret));
    let told = json!({
        "us": "PY", "peer": "HZ", "address": server.url, "public": ours["key"], "secret": secret,
        "expired": expired, "early": early, "number": number, "unknown": foreign("HZ"), "foreign": foreign("QQ"),
    });
    std::fs::write(place("peer.json"), told.to_string()).unwrap();

    let (well, table) = python(&[&format!("{FOLDER}/adversary.py"), &place("peer.json")]);
    println!("{table}");
    assert!(well, "{table}");

    let ask = |what: &str, last: &str| {
        python(&[&format!("{FOLDER}/client.py"), &place("peer.json"), what, &number, CARD, last])
    };
    let (well, given) = ask("fetch", &place("photo.jpg"));
    assert!(well, "{given}");
    let given: Value = serde_json::from_str(&given).unwrap();
    assert_eq!(std::fs::read(place("photo.jpg")).unwrap(), photo);
    assert!(given["applicant"].as_str().unwrap().contains('*'), "{given}");
    let act = given["act"].as_str().unwrap();
    let (well, used) = ask("consume", act);
    assert!(well && used.contains("consumed_at"), "{used}");
    assert_eq!(ask("consume", act), (true, used), "the same again is the same answer");
    let (well, said) = ask("fetch", &place("photo.jpg"));
    assert!(!well && said.contains("taken-used") && said.contains("Other city, counter 1"), "{said}");
    let used: Vec<Value> = server.log().into_iter().filter(|entry| entry["action"] == "receipt.consumed").collect();
    assert_eq!((used.len(), &used[0]["detail"]["peer"]), (1, &json!("PY")), "{used:?}");
}
