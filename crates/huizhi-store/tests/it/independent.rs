//! Tokens and the log hold before code that is not ours: Python with its `cryptography`.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;

use crate::on_both;

/// What the checker says; `None` where Python or its `cryptography` is not installed.
fn check(arguments: &[&str]) -> Option<String> {
    let python = |command: &mut Command| command.output().ok();
    let there = python(Command::new("/usr/bin/python3").args(["-c", "import cryptography"]))?;
    if !there.status.success() {
        println!("python3-cryptography is not installed: the independent check is left out");
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/check.py");
    let said = python(Command::new("/usr/bin/python3").arg(script).args(arguments))?;
    assert!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
    Some(String::from_utf8(said.stdout).unwrap().trim().to_owned())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn tokens_and_log_hold_before_other_code_and_no_flipped_bit_does() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let (order, _) = bench.waiting("a").await;
        bench.decide_next(&one, Opinion::Accept).await;
        bench.issue().await;
        let issued = bench.store.receipt_of(order.id).await.unwrap().unwrap();
        let (photo, entries, head) =
            (bench.folder.path().join("photo.jpg"), bench.folder.path().join("log"), bench.folder.path().join("head"));
        std::fs::write(&photo, bench.store.receipt_photo(order.id).await.unwrap().unwrap()).unwrap();
        let key = BASE64.encode(bench.store.keys().signer.public());
        if let Some(said) = check(&["token", &issued.token, &key, issued.number.reveal(), text(&photo)]) {
            assert!(said.contains("cn-residence-permit"), "{said}");
        }
        if let Some(found) = check(&["token-bits", &issued.token, &key]) {
            assert_eq!(found, (issued.token.len() * 8).to_string());
        }
        let all = bench.store.log_entries(0, 1000).await.unwrap();
        let lines: Vec<u8> = all.iter().flat_map(|(_, entry)| entry.iter().copied().chain(*b"\n")).collect();
        std::fs::write(&entries, &lines).unwrap();
        let it = bench.store.log_head().await.unwrap().unwrap();
        let written = serde_json::json!({
            "size": it.size, "root": BASE64.encode(it.root), "at_ms": it.at.0, "key_id": it.key_id,
            "signature": BASE64.encode(&it.signature), "public_key": key,
        });
        std::fs::write(&head, written.to_string()).unwrap();
        if let Some(found) = check(&["log-bits", text(&entries), text(&head)]) {
            assert_eq!(found, ((lines.len() - all.len()) * 8).to_string());
        }
    });
}
