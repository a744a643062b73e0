//! What do I need? A Hong Kong resident is told that an ID card is not for them, and what is; a child from another province gets its list.

use crate::browser::{Browser, DESK, Driver, Look, PHONE};
use crate::server::Server;

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

#[test]
fn a_hong_kong_resident_is_told_that_an_id_card_is_not_for_them_and_what_is() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        for look in [PHONE, DESK, Look { script: false, ..PHONE }] {
            let mut citizen = driver.open(look).await;
            hong_kong(&server, &mut citizen).await;
            citizen.close().await;
        }
    });
}

async fn hong_kong(server: &Server, citizen: &mut Browser) {
    citizen.go(&server.url).await;
    citizen.click("main a[href='/what']").await;
    citizen.find("button[value='hong-kong-macau']").await;
    citizen.shoot("what-who").await;
    citizen.click("button[value='hong-kong-macau']").await;
    citizen.find("button[value='id-renewal']").await;
    citizen.shoot("what-business").await;
    citizen.click("button[value='id-renewal']").await;
    citizen.find("[data-case='HMT-ID']").await;
    citizen.shoot("what-not-for-them").await;
    let said = citizen.text().await;
    assert!(said.contains("不能。居民身份证不发给港澳台居民") && said.contains("申领港澳台居民居住证"), "{said}");
    citizen.click("#instead").await;
    citizen.find("#age").await;
    // Nothing was typed: the page says so and keeps the way that was gone.
    citizen.click("main form button.primary").await;
    citizen.find("#birth-problem").await;
    citizen.shoot("what-age-wrong").await;
    citizen.fill("#age", "40").await;
    citizen.click("main form button.primary").await;
    citizen.find("[data-case='HMT-RP-FIRST']").await;
    citizen.shoot("what-is-theirs").await;
    let said = citizen.text().await;
    for words in ["不用预约", "任选其一", "回乡证", "免费", "5 年", "法定 20 个工作日内", "国办发〔2018〕81号"]
    {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(citizen.has("a[href='/photo/cn-hkmt-residence/guide?city=441300']").await);
}

#[test]
fn a_child_from_another_province_gets_the_guardians_set_and_can_go_back() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut citizen = driver.open(PHONE).await;
        citizen.go(&format!("{}/what?who=mainland&business=id-first", server.url)).await;
        citizen.click("button[value='elsewhere']").await;
        citizen.fill("#birth", "2019.6.1").await;
        citizen.shoot("what-age").await;
        citizen.click("main form button.primary").await;
        citizen.find("#day").await;
        citizen.shoot("what-day").await;
        citizen.click("main form button.primary").await;
        citizen.find("[data-case='X-U16-FIRST'][data-allowed='conditional']").await;
        citizen.shoot("what-child").await;
        for item in ["hukou-book", "photo-receipt", "residence-declaration", "guardian-id", "guardian-proof"] {
            assert!(citizen.has(&format!("[data-item='{item}']")).await, "{item}");
        }
        // Back to the age: it stands there, and another one gives another answer.
        citizen.click(".change a[href*='ask=age']").await;
        let birth = citizen.find("#birth").await.prop("value").await.unwrap();
        assert_eq!(birth.as_deref(), Some("2019.6.1"));
        citizen.fill("#birth", "1990-03-07").await;
        citizen.click("main form button.primary").await;
        citizen.find("[data-case='X-16-FIRST']").await;
        assert!(!citizen.has("[data-item='guardian-id']").await);
        citizen.close().await;
    });
}
