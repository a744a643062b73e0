//! Finding: by a few letters and the arrow keys, by a question that is sent, and without scripts.

use crate::browser::{Browser, DESK, Driver, ENTER, Look, PHONE};
use crate::server::Server;

/// As WebDriver names them.
const DOWN: &str = "\u{E015}";
const ESCAPE: &str = "\u{E00C}";

#[test]
fn a_few_letters_and_the_arrow_keys_lead_to_what_is_looked_for() {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        for look in [PHONE, DESK] {
            let mut citizen = driver.open(look).await;
            typing(&server, &mut citizen).await;
            citizen.close().await;
        }
        let mut plain = driver.open(Look { script: false, ..PHONE }).await;
        asking(&server, &mut plain).await;
        plain.close().await;
    });
}

async fn typing(server: &Server, citizen: &mut Browser) {
    citizen.go(&server.url).await;
    citizen.find("#site-q[role=combobox][aria-expanded=false]").await;
    // The service may still be putting its cities into the index: the letters are typed until it answers.
    for _ in 0..20 {
        citizen.fill("#site-q", "huizhou").await;
        citizen.until_shown("查找").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        if citizen.has("#site-suggestions [role=option]").await {
            break;
        }
    }
    citizen.find("#site-q[aria-expanded=true]").await;
    citizen.until_shown("惠州市").await;
    citizen.shoot("search-suggestions").await;
    citizen.press(ESCAPE).await;
    citizen.find("#site-q[aria-expanded=false]").await;
    citizen.press(DOWN).await;
    citizen.find("#site-q[aria-expanded=true]").await;
    citizen.press(DOWN).await;
    citizen.find("#site-q[aria-activedescendant='site-suggestion-0']").await;
    citizen.find("#site-suggestion-0[aria-selected=true]").await;
    citizen.press(ENTER).await;
    citizen.until_shown("惠州").await;
    for _ in 0..40 {
        if citizen.path().await == "/photo/cn-resident-id/guide" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the suggestion leads to {}", citizen.path().await);
}

async fn asking(server: &Server, citizen: &mut Browser) {
    citizen.go(&format!("{}/help", server.url)).await;
    citizen.fill("#site-q", "居民身份证").await;
    citizen.click("#site-search button").await;
    citizen.find("[data-outcome=found] a[href='/photo/cn-resident-id/city'] mark").await;
    citizen.shoot("search-found").await;
    citizen.fill("#site-q", "量子力学").await;
    citizen.click("#site-search button").await;
    citizen.find("[data-outcome=none]").await;
    citizen.shoot("search-none").await;
    citizen.click("main a[href='/photo']").await;
    citizen.find("main.photo, main h1").await;
}
