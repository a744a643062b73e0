//! What holds for pages in general: weight, and what a checker of accessibility finds.

use crate::browser::{DESK, Driver, PHONE};
use crate::server::Server;

/// What anybody can open.
const OPEN: [&str; 15] = [
    "/",
    "/photo",
    "/photo/cn-resident-id/city",
    "/photo/cn-resident-id/city?q=吉林",
    "/photo/cn-resident-id/guide?city=441300",
    "/orders",
    "/messages",
    "/help",
    "/verify",
    "/what",
    "/what?who=mainland&business=id-first&home=elsewhere&age=10&day=2026-12-01",
    "/privacy",
    "/sign-in/with",
    "/desk/sign-in",
    "/no-such-page",
];

/// Pages of the site; its stories hold them against the checker of accessibility.
const SITE: [&str; 5] = ["/articles", "/en/articles", "/sfz/9089.html", "/en/sfz/9089.html", "/search"];

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
    for path in OPEN.into_iter().chain(SITE) {
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

#[test]
fn axe_finds_nothing_on_any_page_in_either_language_or_size() {
    let Some(driver) = Driver::start() else { return };
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
                    browser.check(&format!("{path} (care {care})")).await;
                }
                browser.close().await;
            }
        }
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}
