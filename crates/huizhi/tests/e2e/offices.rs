//! Offices as an administrator keeps them: hours, a closure and the rules, by the keyboard, and the figures.

use crate::browser::{DESK, Driver, ENTER};
use crate::server::Server;
use crate::staff::{password, run};

#[test]
fn an_administrator_changes_hours_closes_a_day_and_reads_figures_by_the_keyboard() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut desk = driver.open(DESK).await;
        desk.put_authenticator().await;
        password(&server, &desk, "guanli").await;
        desk.click("form[data-passkey='enrol'] button").await;
        desk.find("ul.codes").await;

        desk.go(&format!("{}/desk/offices", server.url)).await;
        desk.find("#list-title").await;
        desk.shoot("offices").await;
        desk.tab_to("tbody td a[href$='/openings']").await;
        desk.press(ENTER).await;
        desk.find("table.week").await;
        desk.shoot("openings").await;
        desk.fill("#places1", "6").await;
        desk.tab_to("main button.main").await;
        desk.press(ENTER).await;
        desk.find("#hits-title").await;
        desk.until_shown("没有预约受影响").await;
        desk.shoot("openings-preview").await;
        desk.tab_to("button[value='apply']").await;
        desk.press(ENTER).await;
        desk.until_shown("已更改").await;
        assert_eq!(desk.ask("return document.querySelector('#places1').value").await, "6");

        desk.click("nav.tabs a[href$='/closures']").await;
        desk.find("#close-title").await;
        let set = "const day = new Date(Date.now() + 4 * 864e5).toISOString().slice(0, 10); \
                   document.querySelector('#from').value = day; return day";
        let day = desk.ask(set).await;
        desk.fill("#reason", "线路检修停电").await;
        desk.press(ENTER).await;
        desk.find("#hits-title").await;
        desk.shoot("closure-preview").await;
        desk.click("button[value='apply']").await;
        desk.find("form[action$='/undo']").await;
        desk.shoot("closures").await;
        assert!(desk.text().await.contains("线路检修停电"), "{day}");
        desk.click("form[action$='/undo'] button").await;
        desk.find("#slots-title").await;
        desk.shoot("closure-undo").await;
        desk.click("button[value='apply']").await;
        desk.until_shown("停办已撤销").await;

        desk.click("nav.tabs a[href$='/policy']").await;
        desk.find("#days_ahead").await;
        desk.shoot("policy").await;
        desk.fill("#days_ahead", "0.5").await;
        desk.press(ENTER).await;
        desk.find(".faults").await;
        desk.shoot("policy-fault").await;

        desk.go(&format!("{}/desk/figures?span=coming", server.url)).await;
        desk.find(".plots svg").await;
        desk.shoot("figures").await;
        let sheet = desk.ask("return document.querySelector('a[download]').getAttribute('href')").await;
        let sheet = desk.download(&format!("{}{}", server.url, sheet.as_str().unwrap())).await;
        assert!(String::from_utf8(sheet).unwrap().contains("惠城户政窗口（演示）"));
        desk.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
    });
}
