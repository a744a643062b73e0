//! An editor writes, the check finds what is wrong, another editor publishes, and a reader has the page.

use crate::browser::{Browser, DESK, Driver, Look, PHONE};
use crate::server::Server;
use crate::staff::{password, run};

/// Waits until the preview beside the text says something.
async fn until_previewed(desk: &Browser, words: &str) {
    let seen = "return document.querySelector('#preview')?.contentDocument?.body?.innerText ?? ''";
    for _ in 0..100 {
        if desk.ask(seen).await.as_str().is_some_and(|text| text.contains(words)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the preview never says “{words}”");
}

#[test]
fn an_article_is_written_mended_published_by_another_and_read() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut desk = driver.open(DESK).await;
        password(&server, &desk, "bianji1").await;
        desk.find("form[action='/desk/sign-out']").await;
        desk.go(&format!("{}/desk/articles", server.url)).await;
        desk.click("main a[href='/desk/articles/new']").await;
        desk.click("#category option[value='sfz']").await;
        desk.fill("#author", "照片回执编辑部").await;
        desk.click("main button.main").await;
        desk.find("#article").await;
        desk.fill("#title", "深圳身份证照片回执怎么弄？").await;
        desk.fill("#body", "在西安办理的时候，带上回执。").await;
        // It is saved without a press, a moment after the last key.
        desk.find("[data-rule='city.other'] a").await;
        desk.shoot("article-lint").await;
        desk.click("[data-rule='city.other'] a").await;
        let chosen =
            "const it = document.querySelector('#body'); return it.value.slice(it.selectionStart, it.selectionEnd)";
        assert_eq!(desk.ask(chosen).await, "西安");
        // Keys of the driver would go behind the text.
        desk.ask("return document.execCommand('insertText', false, '深圳')").await;
        desk.click("#article button.main").await;
        desk.until_shown("没有发现问题").await;
        until_previewed(&desk, "在深圳办理的时候").await;
        desk.shoot("article").await;
        desk.click("form[action$='/ask'] button").await;
        desk.until_shown("已请求发布").await;
        assert!(!desk.has("form[action$='/publish']").await, "who asks does not publish");
        let path = desk.path().await;

        let mut other = driver.open(Look { script: false, ..DESK }).await;
        password(&server, &other, "bianji2").await;
        other.find("form[action='/desk/sign-out']").await;
        other.go(&format!("{}/desk/articles", server.url)).await;
        other.click("tr a[href='/desk/articles/10001/zh-CN']").await;
        other.click("form[action$='/publish'] button").await;
        other.until_shown("已发布").await;
        other.go(&format!("{}{path}/versions", server.url)).await;
        other.find(".diff ins").await;
        other.shoot("article-versions").await;
        other.close().await;

        let mut reader = driver.open(PHONE).await;
        reader.go(&format!("{}/sfz/10001.html", server.url)).await;
        reader.until_shown("在深圳办理的时候").await;
        reader.shoot("article-read").await;
        reader.close().await;
        desk.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
    });
}
