//! Somebody comes without a receipt: the window takes the photo, the detection centre looks at it, and the window fetches it.

use std::time::Duration;

use crate::browser::{Browser, DESK, Driver, ENTER, Look};
use crate::hall::{COUNTER, booked, sign_in};
use crate::server::Server;
use crate::story::{PHOTO, review};

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

#[test]
fn a_window_takes_the_photo_of_who_has_no_receipt() {
    run(tell(true));
}

#[test]
fn it_does_without_javascript() {
    run(tell(false));
}

async fn tell(script: bool) {
    let Some(driver) = Driver::start() else { return };
    let mut server = Server::start();
    let (_, made) = booked(&mut server, 1).await;
    let mut desk = driver.open(Look { script, ..COUNTER }).await;
    sign_in(&server, &desk).await;
    desk.go(&format!("{}/desk/window", server.url)).await;
    desk.fill("#number", &made[0].0.number.to_string()).await;
    desk.press(ENTER).await;
    desk.find(".answer.visit").await;
    desk.fill("#number", "1").await;
    desk.press(ENTER).await;
    desk.until_shown("已签到").await;
    desk.shoot("window-photo-card").await;
    desk.click("a[href^='/desk/window/photo/']").await;
    desk.find("input[name=consent]").await;
    desk.shoot("window-photo-consent").await;
    desk.click("button.main").await;
    desk.find("[role=alert]").await;
    desk.click("input[name=consent]").await;
    desk.click("button.main").await;
    desk.find("#file").await;
    if script {
        // The camera of the test shows a pattern and nobody.
        desk.click("#open-camera").await;
        desk.find("#camera:not([hidden]) video").await;
        desk.click("[data-act=timer]").await;
        desk.shoot("window-photo-camera").await;
        desk.click("[data-act=shoot]").await;
        desk.until_shown("需要重拍").await;
        desk.shoot("window-photo-nobody").await;
    }
    desk.give("#file", PHOTO.as_ref()).await;
    if !script {
        desk.click("#upload .no-js button").await;
    }
    desk.until_shown("可提交").await;
    desk.find(".made img").await;
    desk.shoot("window-photo-report").await;
    desk.click("input[value=religious]").await;
    desk.click("form[action$='/send'] button").await;
    desk.until_shown("检测中心正在审核").await;
    desk.shoot("window-photo-review").await;
    if script {
        fetched(&driver, &server, &mut desk).await;
    }
    desk.close().await;
    let (whole, said) = server.huizhi(&["audit", "verify"]);
    assert!(whole && said.contains("the log is whole"), "{said}");
}

/// Two look at it, for it has a fault and a reason, and the window has it.
async fn fetched(driver: &Driver, server: &Server, desk: &mut Browser) {
    for login in ["shenhe1", "shenhe2"] {
        let mut reviewer = driver.open(DESK).await;
        review(server, &mut reviewer, login).await;
        reviewer.close().await;
        tokio::time::sleep(Duration::from_millis(11_500)).await;
    }
    desk.until("照片可以用了").await;
    desk.shoot("window-photo-ready").await;
    desk.press(ENTER).await;
    desk.find(".answer.held img").await;
    desk.shoot("window-photo-held").await;
    desk.fill("#number", "1").await;
    desk.press(ENTER).await;
    desk.until_shown("已标为已使用").await;
}
