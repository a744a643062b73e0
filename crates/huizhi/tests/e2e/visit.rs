//! Booking a visit: a grown-up from another province with a receipt, on a phone, and a child with its guardian, without JavaScript.

use std::time::Duration;

use crate::browser::{Browser, DESK, Driver, Look, PHONE};
use crate::server::Server;
use crate::story::{NAME, NUMBER, review, submit};

const PASSWORD: &str = "a long walk by the West Lake";
/// Synthetic, of another province: the guardian, and a child born on 29 February 2016.
const GUARDIAN: &str = "110105199003070025";
const CHILD: &str = "110105201602290011";

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

#[test]
fn somebody_from_elsewhere_books_huicheng_for_tuesday_with_a_receipt() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut citizen = driver.open(PHONE).await;
        register(&server, &citizen, "grown@example.com").await;
        let order = submit(&server, &mut citizen).await;
        // Two look at it, each with ten seconds in which it can be undone.
        for login in ["shenhe1", "shenhe2"] {
            let mut desk = driver.open(DESK).await;
            review(&server, &mut desk, login).await;
            desk.close().await;
            tokio::time::sleep(Duration::from_millis(11_500)).await;
        }
        citizen.go(&format!("{}{order}", server.url)).await;
        citizen.until("查看回执").await;
        citizen.go(&format!("{}{order}/receipt", server.url)).await;
        citizen.click("main a[href='/visit']").await;
        citizen.find("a[href='/visit/who']").await;
        citizen.shoot("visit").await;
        citizen.click("main a[href='/visit/who']").await;
        known(&mut citizen, NAME, NUMBER).await;

        citizen.find("a[href*='/visit/business?person=']").await;
        citizen.shoot("visit-who").await;
        citizen.click("a[href*='/visit/business?person=']").await;
        citizen.find("a[href*='business=id-renewal']").await;
        citizen.shoot("visit-business").await;
        citizen.click("a[href*='business=id-renewal']").await;
        choose_time(&server, &mut citizen).await;

        let said = citizen.text().await;
        assert!(said.contains("惠城") && said.contains("照片回执那天有效"), "{said}");
        assert!(said.contains("户籍算在外省"), "what somebody from elsewhere brings: {said}");
        citizen.shoot("visit-check").await;
        citizen.click("form[action='/visit/check'] button.primary").await;
        citizen.find(".receipt-number").await;
        citizen.shoot("visit-booked").await;
        let path = citizen.path().await;
        let file = citizen.download(&format!("{}{path}/calendar.ics", server.url)).await;
        let file = String::from_utf8(file).unwrap();
        assert!(file.contains("METHOD:PUBLISH") && file.contains("BEGIN:VTIMEZONE") && !file.contains(NAME), "{file}");

        // Another time, in large type; then not at all.
        citizen.click("button[name=care]").await;
        citizen.find("html.care .receipt-number").await;
        citizen.shoot("visit-booked-care").await;
        citizen.click("a[href$='/move']").await;
        citizen.find(".days").await;
        citizen.shoot("visit-move-care").await;
        citizen.go(&format!("{}{path}/cancel", server.url)).await;
        citizen.find("button.danger").await;
        citizen.shoot("visit-cancel-care").await;
        citizen.click("button.danger").await;
        citizen.until_shown("预约已取消").await;
        citizen.go(&format!("{}/messages", server.url)).await;
        let said = citizen.text().await;
        assert!(said.contains("预约成功") && said.contains("预约已取消"), "{said}");
        citizen.shoot("visit-messages").await;
        citizen.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
        let bytes = server.bytes();
        for secret in [NAME, NUMBER] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} lies in the data folder in clear");
        }
    });
}

#[test]
fn a_child_from_elsewhere_is_booked_by_its_guardian_without_javascript() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut citizen = driver.open(Look { script: false, ..DESK }).await;
        register(&server, &citizen, "guardian@example.com").await;
        citizen.go(&format!("{}/visit", server.url)).await;
        citizen.click("main a[href='/visit/who']").await;
        known(&mut citizen, "王大明", GUARDIAN).await;
        citizen.click("a[href^='/account/people?to=']").await;
        citizen.find("#relation").await.select_by_value("child").await.unwrap();
        citizen.fill("#name", "王小明").await;
        citizen.fill("#id_number", CHILD).await;
        citizen.find("#proof").await.select_by_value("household-book").await.unwrap();
        citizen.click("main form button.primary").await;
        citizen.find(".orders li:nth-child(2) a").await;
        citizen.shoot("visit-who-child").await;
        assert!(citizen.text().await.contains("监护人要一起来"));
        citizen.click(".orders li:nth-child(2) a").await;
        citizen.click("a[href*='business=id-first']").await;
        choose_time(&server, &mut citizen).await;
        let said = citizen.text().await;
        assert!(said.contains("监护人须一起来") && said.contains("还没有能用的照片回执"), "{said}");
        citizen.shoot("visit-check-child").await;
        citizen.click("form[action='/visit/check'] button.primary").await;
        citizen.find(".receipt-number").await;
        citizen.shoot("visit-booked-child").await;
        citizen.close().await;
    });
}

async fn register(server: &Server, citizen: &Browser, contact: &str) {
    citizen.go(&format!("{}/register", server.url)).await;
    citizen.fill("#contact", contact).await;
    citizen.click("main form button.primary").await;
    citizen.find("#code").await;
    citizen.fill("#code", &code(server)).await;
    citizen.fill("#password", PASSWORD).await;
    citizen.click("main form button.primary").await;
    citizen.find("form[action='/sign-out']").await;
}

/// The newest code of the demonstration's page of letters.
fn code(server: &Server) -> String {
    let mut answer = ureq::get(format!("{}/outbox", server.url)).call().unwrap();
    let page = answer.body_mut().read_to_string().unwrap();
    let mut words = page.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit())).unwrap().to_owned()
}

/// From the page that says what is missing to the first question: name and number, that it is them, and the notice.
async fn known(citizen: &mut Browser, name: &str, number: &str) {
    citizen.find("a[href^='/account/people?to=']").await;
    citizen.shoot("visit-level").await;
    citizen.click("a[href^='/account/people?to=']").await;
    citizen.fill("#name", name).await;
    citizen.fill("#id_number", number).await;
    citizen.click("#consent").await;
    citizen.click("main form button.primary").await;
    citizen.find("form[action='/visit/level'] button.primary").await;
    citizen.shoot("visit-level-known").await;
    citizen.click("form[action='/visit/level'] button.primary").await;
    citizen.find("#accept").await;
    // Without the tick nothing goes on, and the page says so.
    citizen.click("form[action='/visit/notice'] button.primary").await;
    citizen.find(".summary").await;
    citizen.shoot("visit-notice").await;
    citizen.click("#accept").await;
    citizen.click("form[action='/visit/notice'] button.primary").await;
    citizen.find("a[href*='/visit/business?person=']").await;
}

/// The nearest office to 惠城区, the next Tuesday that can be booked, and its first time.
async fn choose_time(server: &Server, citizen: &mut Browser) {
    // The places of the coming days are made while the service begins its work.
    citizen.until("最早能约").await;
    let here = citizen.client.current_url().await.unwrap();
    citizen.go(&format!("{here}&district=441302")).await;
    citizen.find("a[href*='/visit/time?']").await;
    citizen.shoot("visit-office").await;
    citizen.click("a[href*='/visit/time?']").await;
    citizen.find(".days a").await;
    citizen.shoot("visit-days").await;
    let tuesday = "const days = [...document.querySelectorAll('.days a')]; \
        return (days.find(it => it.textContent.includes('星期二')) ?? days[0]).getAttribute('href')";
    let day = citizen.ask(tuesday).await.as_str().unwrap().to_owned();
    citizen.go(&format!("{}{day}", server.url)).await;
    citizen.find("#times button[name=slot]").await;
    citizen.shoot("visit-times").await;
    citizen.click("#times button[name=slot]").await;
    citizen.find("form[action='/visit/check'] button.primary").await;
}
