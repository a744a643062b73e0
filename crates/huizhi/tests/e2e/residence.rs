//! Where somebody lives: declared on a phone, confirmed by a landlord in another browser, shown by a code, and verified at a desk.

use crate::browser::{Browser, DESK, Driver, Look, PHONE};
use crate::server::Server;

const CONTACT: &str = "tenant@example.com";
const PASSWORD: &str = "a long walk by the West Lake";
/// Made up; the check digit fits.
const NUMBER: &str = "441302199003070024";
const STREET: &str = "江北街道云山小区";
const LANDLORD: &str = "13700137000";

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

#[test]
fn a_landlord_confirms_and_a_desk_verifies_the_code() {
    run(tell(true));
}

#[test]
fn a_residence_needs_no_javascript() {
    run(tell(false));
}

async fn tell(script: bool) {
    let Some(driver) = Driver::start() else { return };
    let server = Server::start();
    let look = |look: Look| Look { script, ..look };
    let mut citizen = driver.open(look(PHONE)).await;
    register(&server, &citizen).await;
    let declaration = declare(&server, &mut citizen).await;
    citizen.click(&format!("form[action='{declaration}/link'] button")).await;
    let link = citizen.find(".link code").await.text().await.unwrap();
    citizen.shoot("residence-link").await;

    let mut landlord = driver.open(look(PHONE)).await;
    confirm(&mut landlord, &link).await;
    landlord.close().await;

    citizen.go(&format!("{}{declaration}", server.url)).await;
    citizen.find("h1.verdict.valid").await;
    citizen.shoot("residence-valid").await;
    citizen.click(&format!("main a[href='{declaration}/code']")).await;
    citizen.shoot("residence-code-ask").await;
    citizen.click(&format!("form[action='{declaration}/code'] button")).await;
    citizen.find("svg.qr").await;
    citizen.shoot("residence-code").await;

    let mut desk = driver.open(look(Look { width: 1024, height: 768, ..DESK })).await;
    sign_in(&server, &desk, "chuangkou1").await;
    desk.go(&format!("{}/desk/residence", server.url)).await;
    desk.shoot("desk-residence").await;
    if let Some(code) = scanned(&server, &citizen).await {
        assert!(code.starts_with(&format!("{}/rc/", server.url)), "{code}");
        desk.fill("#code", &code).await;
        desk.click("main form button.main").await;
        desk.until_shown("居住信息有效").await;
        let shown = desk.text().await;
        assert!(shown.contains("惠城区") && shown.contains("0024"), "{shown}");
        assert!(!shown.contains(STREET) && !shown.contains(NUMBER), "no more than its holder agreed to: {shown}");
        desk.shoot("desk-residence-verified").await;
    }
    desk.close().await;

    citizen.go(&format!("{}{declaration}/cancel", server.url)).await;
    citizen.shoot("residence-cancel").await;
    citizen.click(&format!("form[action='{declaration}/cancel'] button")).await;
    citizen.find("h1.verdict.expired").await;
    citizen.close().await;
    let bytes = server.bytes();
    for text in [NUMBER, STREET, LANDLORD] {
        assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()), "{text} lies in clear");
    }
    let (whole, said) = server.huizhi(&["audit", "verify"]);
    assert!(whole && said.contains("the log is whole"), "{said}");
}

async fn register(server: &Server, citizen: &Browser) {
    citizen.go(&format!("{}/register", server.url)).await;
    citizen.fill("#contact", CONTACT).await;
    citizen.click("main form button.primary").await;
    citizen.find("#code").await;
    citizen.fill("#code", &code(server)).await;
    citizen.fill("#password", PASSWORD).await;
    citizen.click("main form button.primary").await;
    citizen.find("form[action='/sign-out']").await;
    citizen.go(&format!("{}/account/people", server.url)).await;
    citizen.fill("#name", "张大明").await;
    citizen.fill("#id_number", NUMBER).await;
    citizen.click("#consent").await;
    citizen.click("main form button.primary").await;
    citizen.find("a.card[href^='/account/people/']").await;
}

/// The newest code of the demonstration's page of letters.
fn code(server: &Server) -> String {
    let mut answer = ureq::get(format!("{}/outbox", server.url)).call().unwrap();
    let page = answer.body_mut().read_to_string().unwrap();
    let mut words = page.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit())).unwrap().to_owned()
}

/// From the empty list to the declaration; gives its path.
async fn declare(server: &Server, citizen: &mut Browser) -> String {
    citizen.go(&format!("{}/residence", server.url)).await;
    citizen.shoot("residence-none").await;
    citizen.click("main a[href^='/residence/declare?person=']").await;
    citizen.fill("#street", STREET).await;
    // The other fields are missed on purpose.
    citizen.click("main form button.primary").await;
    citizen.find("#errors").await;
    citizen.shoot("residence-faults").await;
    citizen.click("#district option[value='441302']").await;
    citizen.fill("#house", "3 栋 501").await;
    citizen.click("#dwelling-rented").await;
    citizen.fill("#since", "2026-01-01").await;
    citizen.click("#truth").await;
    citizen.shoot("residence-form").await;
    citizen.click("main form button.primary").await;
    citizen.find("h1.verdict.review").await;
    citizen.shoot("residence-declared").await;
    citizen.path().await
}

async fn confirm(landlord: &mut Browser, link: &str) {
    landlord.go(link).await;
    landlord.find("#truth").await;
    let shown = landlord.text().await;
    assert!(shown.contains("张**") && shown.contains(STREET) && !shown.contains("张大明"), "{shown}");
    landlord.shoot("landlord").await;
    landlord.fill("#name", "房东乙").await;
    landlord.fill("#phone", LANDLORD).await;
    landlord.click("#truth").await;
    landlord.click("#answer").await;
    landlord.until_shown("已确认，谢谢").await;
    landlord.shoot("landlord-done").await;
    landlord.go(link).await;
    landlord.until_shown("用过了").await;
}

async fn sign_in(server: &Server, desk: &Browser, login: &str) {
    desk.go(&format!("{}/desk/sign-in", server.url)).await;
    desk.fill("#login", login).await;
    desk.fill("#password", &server.passwords[login]).await;
    desk.click("button.main").await;
    desk.find("form[action='/desk/sign-out']").await;
}

/// What a reader that is not ours sees on the phone's screen; `None` where none is installed.
async fn scanned(server: &Server, citizen: &Browser) -> Option<String> {
    let picture = server.folder.path().join("code.png");
    std::fs::write(&picture, citizen.find("svg.qr").await.screenshot().await.unwrap()).unwrap();
    let mut read = std::process::Command::new("zbarimg");
    read.args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(&picture);
    let Ok(read) = read.output() else {
        println!("zbarimg is not installed: verifying the code at the desk is left out");
        return None;
    };
    let read = String::from_utf8(read.stdout).unwrap().trim().to_owned();
    assert!(!read.is_empty(), "the code on the screen can't be read");
    Some(read)
}
