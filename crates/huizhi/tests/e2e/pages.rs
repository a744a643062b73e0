//! What holds for pages in general: weight, and what a checker of accessibility finds.

use std::process::Command;

use crate::browser::{DESK, Driver, PHONE};
use crate::server::Server;

/// What anybody can open.
const OPEN: [&str; 12] = [
    "/",
    "/photo",
    "/photo/cn-resident-id/city",
    "/photo/cn-resident-id/city?q=吉林",
    "/photo/cn-resident-id/guide?city=441300",
    "/orders",
    "/messages",
    "/help",
    "/verify",
    "/privacy",
    "/desk/sign-in",
    "/no-such-page",
];

/// Bytes of a page with its styles and scripts, compressed, before pictures (UX.md §4.6).
const HEAVIEST: usize = 40 * 1024;

#[test]
fn no_page_weighs_more_than_40_kb_before_pictures() {
    let server = Server::start();
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent = ureq::Agent::new_with_config(config);
    let weight = |path: &str| {
        let mut answer = agent.get(format!("{}{path}", server.url)).header("accept-encoding", "gzip").call().unwrap();
        let bytes = answer.body_mut().with_config().read_to_vec().unwrap();
        (bytes.len(), bytes)
    };
    for path in OPEN {
        let path = path.replace("吉林", "%E5%90%89%E6%9E%97");
        let html = agent.get(format!("{}{path}", server.url)).call().unwrap().body_mut().read_to_string().unwrap();
        let mut total = weight(&path).0;
        for part in html.split('"').map(|it| it.replace("&#x2f;", "/")) {
            let kind = std::path::Path::new(&part).extension().and_then(|it| it.to_str());
            if part.starts_with("/static/") && matches!(kind, Some("css" | "js")) {
                total += weight(&part).0;
            }
        }
        assert!(total <= HEAVIEST, "{path} weighs {total} bytes");
    }
}

/// axe-core is data for this test only: its licence (MPL-2.0) is not ours to mix in, so it is fetched by npm where there is one.
fn axe() -> Option<String> {
    let folder = std::env::temp_dir().join("huizhi-axe");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.exists() {
        let run = Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--prefix"])
            .arg(&folder)
            .arg("axe-core@4")
            .output();
        if !run.is_ok_and(|run| run.status.success()) {
            println!("npm gives no axe-core: accessibility is not checked");
            return None;
        }
    }
    std::fs::read_to_string(script).ok()
}

#[test]
fn axe_finds_nothing_on_any_page_in_either_language_or_size() {
    let (Some(driver), Some(axe)) = (Driver::start(), axe()) else { return };
    let server = Server::start();
    let story = async {
        for look in [PHONE, DESK] {
            for care in [false, true] {
                let browser = driver.open(look).await;
                if care {
                    browser.go(&server.url).await;
                    browser.click("form[action='/care'] button").await;
                }
                for path in OPEN {
                    browser.go(&format!("{}{path}", server.url)).await;
                    browser.client.execute(&axe, Vec::new()).await.unwrap();
                    let run = "const done = arguments[arguments.length - 1]; \
                        axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }) \
                        .then(found => done(found.violations.map(it => it.id + ' ' + it.nodes.map(n => n.html).join(' | '))))";
                    let found = browser.client.execute_async(run, Vec::new()).await.unwrap();
                    assert_eq!(found.as_array().map(Vec::len), Some(0), "{path} (care {care}): {found:#}");
                }
                browser.close().await;
            }
        }
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}
