//! The examples of `docs/api.md` do what they say, as they stand there.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::Server;

const DOCUMENT: &str = include_str!("../../../../docs/api.md");
const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");

/// The document's first block in a language.
fn example(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let block = DOCUMENT.split_once(&begin).and_then(|(_, rest)| rest.split_once("\n```"));
    block.map_or_else(|| panic!("docs/api.md has no example in {language}"), |(block, _)| block)
}

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|it| it.success());
    if !there {
        println!("{program} is not installed: what needs it is left out");
    }
    there
}

#[test]
fn the_examples_of_the_shops_interface_submit_an_order_each() {
    if !is_there("python3") {
        return;
    }
    let server = Server::start();
    let (made, key) = server.huizhi(&["key", "add", "北门照相馆"]);
    assert!(made, "{key}");
    let key = key.trim();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).env("HUIZHI", &server.url).env("KEY", key).env("PHOTO", PHOTO);
        let run = command.output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{program}: {said}");
        assert!(said.contains("waiting"), "{program}: {said}");
    };
    let mut references = BTreeSet::from(["no. 18".to_owned()]);
    run("python3", &["-c", example("python")]);
    if is_there("curl") {
        run("sh", &["-euc", example("sh")]);
        references.insert("no. 17".to_owned());
        // The same text again: no write is done twice.
        run("sh", &["-euc", example("sh")]);
    }
    let answer = ureq::get(format!("{}/api/v1/orders?state=waiting", server.url));
    let orders: Value =
        answer.header("authorization", format!("Bearer {key}")).call().unwrap().body_mut().read_json().unwrap();
    let orders = orders["orders"].as_array().unwrap();
    assert_eq!(orders.len(), references.len(), "{orders:#?}");
    let found: BTreeSet<String> = orders.iter().map(|it| it["reference"].as_str().unwrap().to_owned()).collect();
    assert_eq!(found, references);
}
