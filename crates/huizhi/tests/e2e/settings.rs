//! Settings at the desk: words that change are on the citizen's page at once, a price waits for a second person, and all of it goes back.

use crate::browser::{Browser, DESK, Driver, PHONE};
use crate::server::Server;
use crate::staff::{password, run};

const GUIDE: &str = "/photo/cn-resident-id/guide?city=441300";

async fn guide(server: &Server, citizen: &Browser) -> String {
    citizen.go(&format!("{}{GUIDE}", server.url)).await;
    citizen.find("button.primary").await;
    citizen.text().await
}

#[test]
fn an_administrator_changes_words_and_a_price_and_goes_back() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let citizen = driver.open(PHONE).await;
        let before = guide(&server, &citizen).await;
        assert!(before.contains("不收费。"), "{before}");
        let mut desk = driver.open(DESK).await;
        desk.put_authenticator().await;
        password(&server, &desk, "guanli").await;
        desk.click("form[data-passkey='enrol'] button").await;
        desk.find("ul.codes").await;

        desk.go(&format!("{}/desk/settings", server.url)).await;
        desk.find("#files-title").await;
        desk.shoot("settings").await;
        desk.go(&format!("{}/desk/settings/words/zh-CN.guide", server.url)).await;
        desk.find("#text").await;
        let change = "const box = document.querySelector('#text'); \
                      box.value = box.value.replace('guide-free = 不收费', 'guide-free = 全程免费'); return box.value.length";
        desk.ask(change).await;
        desk.click("button[value='preview']").await;
        desk.find("#effects .diff").await;
        desk.shoot("settings-preview").await;
        desk.click("button[value='save']").await;
        desk.until_shown("已生效").await;
        desk.shoot("settings-live").await;
        let now = guide(&server, &citizen).await;
        assert!(now.contains("全程免费"), "no restart is needed: {now}");
        let (well, kept) = server.huizhi(&["settings", "export"]);
        assert!(well && kept.contains("zh-CN.guide") && kept.contains("全程免费"), "{kept}");
        desk.click("form[action$='/undo'] button").await;
        desk.until_shown("现在用的是随程序提供的内容").await;
        assert!(!guide(&server, &citizen).await.contains("全程免费"));

        // What was kept comes back from the command line, and the service that runs takes it over.
        let file = server.folder.path().join("settings.toml");
        std::fs::write(&file, kept).unwrap();
        let file = file.to_str().unwrap();
        let (same, lines) = server.huizhi(&["settings", "diff", file]);
        assert!(!same && lines.contains("+guide-free = 全程免费"), "{lines}");
        let (well, said) = server.huizhi(&["settings", "import", file]);
        assert!(well && said.contains("words/zh-CN.guide  holds"), "{said}");
        citizen.until("全程免费").await;

        desk.go(&format!("{}/desk/settings/place?city=441300&document=cn-resident-id", server.url)).await;
        desk.fill("#price", "15").await;
        desk.shoot("settings-place").await;
        desk.click("button.main").await;
        desk.find("#effects table").await;
        assert!(desk.text().await.contains("¥15.00"));
        desk.shoot("settings-price").await;
        desk.click("button[value='save']").await;
        desk.until_shown("等另一个人同意").await;
        desk.shoot("settings-waiting").await;
        assert!(guide(&server, &citizen).await.contains("全程免费"), "one person does not change a price");

        desk.go(&format!("{}/desk/dashboard", server.url)).await;
        desk.find("h1").await;
        desk.shoot("dashboard").await;
        desk.close().await;
        citizen.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
    });
}
