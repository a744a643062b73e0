//! A name that no font can print: its picture is drawn with a finger, and stands on the receipt.

use std::process::Command;

use crate::browser::{Driver, PHONE};
use crate::client::{Client, NUMBER};
use crate::server::Server;

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");
/// From Extension H of the Unified Ideographs, which is in no font that systems come with.
const NAME: &str = "张\u{323AE}";

#[test]
fn a_drawn_name_stands_on_the_receipt() {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(tell());
}

async fn tell() {
    let Some(driver) = Driver::start() else { return };
    let server = Server::start();
    let mut citizen = driver.open(PHONE).await;
    citizen.go(&format!("{}/photo/cn-resident-id/guide?city=441300", server.url)).await;
    citizen.click("#consent").await;
    citizen.click("main form button.primary").await;
    citizen.give("#album-file", PHOTO.as_ref()).await;
    citizen.find(".marked img").await;
    citizen.click("a[href*='/applicant?photo=']").await;
    citizen.fill("#name", NAME).await;
    citizen.fill("#id_number", NUMBER).await;
    citizen.click("main form button.primary").await;

    citizen.find("#pad canvas").await;
    citizen.click("[data-act='send']").await;
    citizen.until_shown("没有看到字").await;
    citizen.shoot("name-empty").await;
    let cross = [[(-60.0, -40.0), (60.0, 40.0)], [(-60.0, 40.0), (60.0, -40.0)], [(0.0, -50.0), (0.0, 50.0)]];
    citizen.draw("#pad canvas", &cross).await;
    citizen.click("[data-act='undo']").await;
    citizen.shoot("name-drawn").await;
    citizen.click("[data-act='send']").await;
    citizen.find("figure.name-picture img").await;
    citizen.shoot("name-kept").await;
    citizen.click("a.button.primary").await;
    citizen.click("#kind-religious").await;
    citizen.find("img.name-picture").await;
    citizen.shoot("name-check").await;
    citizen.click("main form button.primary").await;
    citizen.find("h1.verdict.waiting").await;
    let order = citizen.path().await;

    for login in ["shenhe1", "shenhe2"] {
        let mut desk = Client::staff(&server.url, login, &server.passwords[login]).unwrap();
        let case = desk.claim_soon().unwrap();
        desk.post(&format!("{case}/accept"), &[]).unwrap();
    }
    citizen.until("查看回执").await;
    let pdf = server.folder.path().join("a4.pdf");
    std::fs::write(&pdf, citizen.download(&format!("{}{order}/receipt/a4.pdf", server.url)).await).unwrap();
    if let Some(folder) = std::env::var_os("HUIZHI_SHOTS") {
        std::fs::copy(&pdf, std::path::Path::new(&folder).join("receipt-drawn-name.pdf")).unwrap();
    }
    let Ok(list) = Command::new("pdfimages").arg("-list").arg(&pdf).output() else { return };
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    assert_eq!(list.lines().skip(2).filter(|line| line.contains(" image ")).count(), 2, "photo and name: {list}");
    citizen.close().await;
}
