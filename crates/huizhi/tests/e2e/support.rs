//! A citizen looks for help, writes to support with a picture, is answered with a canned answer, reads it and closes the inquiry.

use std::time::Duration;

use crate::browser::{Browser, DESK, Driver, Look, PHONE};
use crate::server::Server;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");
const QUESTION: &str = "审核要等多久？页面一直没有变。";
const NOTE: &str = "一般十到三十分钟";

#[test]
fn a_letter_with_a_picture_is_answered_and_closed() {
    run(tell(true));
}

#[test]
fn a_letter_needs_no_javascript() {
    run(tell(false));
}

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

async fn tell(script: bool) {
    let Some(driver) = Driver::start() else { return };
    // Hours that a canned answer can be held against.
    let server = Server::start_told(None, vec![("HUIZHI_SUPPORT_OPEN", "00:00-24:00".to_owned())]);
    let look = |look: Look| Look { script, ..look };
    let mut citizen = driver.open(look(PHONE)).await;
    let inquiry = ask(&server, &mut citizen).await;

    let mut desk = driver.open(look(Look { width: 1024, height: 768, ..DESK })).await;
    sign_in(&server, &desk).await;
    can(&server, &mut desk).await;
    answer(&server, &mut desk, &inquiry).await;
    desk.close().await;

    citizen.go(&format!("{}/messages", server.url)).await;
    citizen.click(&format!("main a[href='{inquiry}']")).await;
    citizen.until_shown(NOTE).await;
    citizen.shoot("support-answered").await;
    citizen.click(&format!("form[action='{inquiry}/close'] button")).await;
    citizen.find("button[name='rating']").await;
    citizen.click("button[value='good']").await;
    citizen.until_shown("评价：帮到了").await;
    citizen.shoot("support-closed").await;
    citizen.close().await;
    let bytes = server.bytes();
    for text in [QUESTION, NOTE] {
        let known = text == NOTE;
        let in_clear = bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert_eq!(in_clear, known, "{text}: a canned answer is about nobody, a question is sealed");
    }
}

/// From the topics to the inquiry; gives its path.
async fn ask(server: &Server, citizen: &mut Browser) -> String {
    citizen.go(&server.url).await;
    citizen.click("nav.bottom a[href='/help']").await;
    citizen.find("main a[href='/help/photo']").await;
    citizen.shoot("support-help").await;
    citizen.click("main a[href='/help/photo']").await;
    citizen.shoot("support-topic").await;
    citizen.click("main a[href='/help/ask?topic=photo']").await;
    citizen.find("#topic-photo:checked").await;
    // Nothing is written yet.
    citizen.click("main form button.primary").await;
    citizen.find("#text-problem").await;
    citizen.shoot("support-faults").await;
    citizen.fill("#text", QUESTION).await;
    citizen.give("#photo", PICTURE.as_ref()).await;
    citizen.shoot("support-form").await;
    citizen.click("main form button.primary").await;
    citizen.find("main img[src$='/picture/1']").await;
    citizen.shoot("support-asked").await;
    citizen.path().await
}

async fn sign_in(server: &Server, desk: &Browser) {
    desk.go(&format!("{}/desk/sign-in", server.url)).await;
    desk.fill("#login", "kefu").await;
    desk.fill("#password", &server.passwords["kefu"]).await;
    desk.click("button.main").await;
    desk.find("form[action='/desk/sign-out']").await;
}

/// Writes a canned answer.
async fn can(server: &Server, desk: &mut Browser) {
    desk.go(&format!("{}/desk/inquiries/answers", server.url)).await;
    desk.fill("#name", "要等多久").await;
    desk.fill("#zh", &format!("您好，{NOTE}，服务时间：{{hours}}。")).await;
    desk.fill("#en", "Usually ten to thirty minutes; our hours: {hours}.").await;
    desk.click("main form.stack button.main").await;
    desk.find("main p.told").await;
    desk.shoot("support-canned").await;
}

async fn answer(server: &Server, desk: &mut Browser, inquiry: &str) {
    desk.go(&format!("{}/desk/inquiries", server.url)).await;
    desk.shoot("support-queue").await;
    let id = inquiry.rsplit('/').next().unwrap();
    desk.click(&format!("main a[href='/desk/inquiries/{id}']")).await;
    desk.click("button[data-fill]").await;
    // Without a script the page is loaded anew with the text in its box.
    let mut filled = String::new();
    for _ in 0..100 {
        let said = desk.ask("return document.querySelector('#text')?.value ?? ''").await;
        said.as_str().unwrap_or_default().clone_into(&mut filled);
        if !filled.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(filled.contains(NOTE) && filled.contains("00:00-24:00"), "{filled}");
    desk.shoot("support-answering").await;
    desk.click("#next-reply").await;
    desk.click("main form.stack button.main").await;
    desk.until_shown("已发送").await;
}
