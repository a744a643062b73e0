//! Staff and their second factors: a passkey with JavaScript, an authenticator app without, and what an administrator does with them.

use std::time::{SystemTime, UNIX_EPOCH};

use huizhi_domain::clock::Moment;
use huizhi_domain::totp::{STEP_S, TotpSecret};

use crate::browser::{Browser, DESK, Driver, Look};
use crate::server::Server;

pub(crate) fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

/// Login and password; what comes then is another page for each.
pub(crate) async fn password(server: &Server, desk: &Browser, login: &str) {
    desk.go(&format!("{}/desk/sign-in", server.url)).await;
    desk.fill("#login", login).await;
    desk.fill("#password", &server.passwords[login]).await;
    desk.click("button.main").await;
}

async fn sign_out(desk: &Browser) {
    desk.click("form[action='/desk/sign-out'] button").await;
    desk.find("#login").await;
}

#[test]
fn an_administrator_signs_in_by_a_passkey_and_ends_anothers_sign_in() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut desk = driver.open(DESK).await;
        desk.put_authenticator().await;
        password(&server, &desk, "guanli").await;
        desk.find("form[data-passkey='enrol']:not([hidden])").await;
        desk.shoot("second-must").await;
        desk.click("form[data-passkey='enrol'] button").await;
        desk.find("ul.codes").await;
        desk.shoot("second-codes").await;
        desk.click("main a.button").await;
        desk.find("form[action='/desk/sign-out']").await;
        sign_out(&desk).await;

        password(&server, &desk, "guanli").await;
        desk.find("form[data-passkey='prove']:not([hidden])").await;
        desk.shoot("prove").await;
        desk.go(&format!("{}/desk/staff", server.url)).await;
        assert_eq!(desk.path().await, "/desk/prove", "half a sign-in opens nothing");
        desk.click("form[data-passkey='prove'] button").await;
        desk.find("#people-title").await;
        desk.shoot("staff").await;

        let other = driver.open(DESK).await;
        password(&server, &other, "shenhe1").await;
        other.find("form[action='/desk/review/claim']").await;
        let shenhe = desk.ask(
            "return [...document.querySelectorAll('th a')].find(it => it.textContent === 'shenhe1').getAttribute('href')",
        );
        let shenhe = shenhe.await.as_str().unwrap().to_owned();
        desk.go(&format!("{}{shenhe}", server.url)).await;
        desk.shoot("member").await;
        desk.click("form[action$='/suspend'] button").await;
        desk.find("form[action$='/reactivate']").await;
        other.go(&format!("{}/desk/review", server.url)).await;
        assert_eq!(other.path().await, "/desk/sign-in", "the sign-in ended with the act");
        other.close().await;
        desk.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
    });
}

#[test]
fn a_lead_signs_in_by_the_code_of_an_app_without_javascript() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut desk = driver.open(Look { script: false, ..DESK }).await;
        password(&server, &desk, "zuzhang").await;
        let typed = desk.find(".secret").await.text().await.unwrap();
        let secret = TotpSecret::from_bytes(&decoded(&typed)).expect(&typed);
        desk.shoot("second-app").await;
        desk.fill("#code", &secret.code(now())).await;
        desk.click("form[action='/desk/second'] button").await;
        desk.find("ul.codes").await;
        desk.click("main a.button").await;
        sign_out(&desk).await;

        password(&server, &desk, "zuzhang").await;
        desk.find("#code").await;
        desk.fill("#code", &secret.code(now())).await;
        desk.click("form[action='/desk/prove'] button").await;
        desk.find(".faults").await;
        // The code of the enrolment is used up; the next one is taken half a minute early. A wrong code costs a second's pause.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        desk.fill("#code", &secret.code(now().after_s(STEP_S))).await;
        desk.click("form[action='/desk/prove'] button").await;
        desk.find("a[aria-current='page']").await;
        desk.close().await;
    });
}

fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment(i64::try_from(since.as_millis()).unwrap())
}

/// Base32 as an app reads it.
fn decoded(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut count, mut bytes) = (0_u64, 0, Vec::new());
    for value in text.chars().filter_map(|letter| letters.find(letter)) {
        bits = (bits << 5) | value as u64;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(((bits >> count) & 0xFF) as u8);
        }
    }
    bytes
}
