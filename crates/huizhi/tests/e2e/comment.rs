//! A comment under an article: written on a phone, let through by a key, taken back by a key, and refused with a reason that its author reads.

use crate::browser::{Browser, DESK, Driver, ENTER, PHONE};
use crate::server::Server;
use crate::staff::{password, run};

const TEXT: &str = "我在手机上自己拍的，十分钟就通过了。";

/// What decides nothing: a key that is held from before, and a press in the moments in which a comment has only just appeared. Gives what
/// the page says of it; nothing where it decided.
const UNMEANT: &str = "const place = document.querySelector('.decide');
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', repeat: true, bubbles: true }));
    delete place.dataset.seen;
    document.querySelector('button.accept').click();
    place.dataset.seen = '';
    return document.body.hasAttribute('aria-busy') ? '' : document.querySelector('#spoken').textContent";

#[test]
fn a_comment_is_let_through_taken_back_and_refused_by_keys() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let mut reader = driver.open(PHONE).await;
        let article = write(&server, &mut reader).await;

        let mut desk = driver.open(DESK).await;
        password(&server, &desk, "kefu").await;
        desk.find("form[action='/desk/sign-out']").await;
        desk.go(&format!("{}/desk/comments", server.url)).await;
        desk.until_shown(TEXT).await;
        desk.shoot("comment-desk").await;
        desk.find(".decide[data-seen]").await;
        let said = desk.ask(UNMEANT).await;
        assert!(said.as_str().is_some_and(|said| said.contains("还没有处理")), "{said}");
        decide(&desk, "a").await;
        desk.until_shown("没有要处理的评论了").await;
        desk.press("u").await;
        desk.until_shown("已撤销").await;
        decide(&desk, "a").await;
        desk.until_shown("没有要处理的评论了").await;
        reader.go(&format!("{}{article}", server.url)).await;
        reader.until_shown(TEXT).await;
        reader.shoot("comment-shown").await;

        desk.go(&format!("{}/desk/comments/list/shown", server.url)).await;
        desk.click("td a[href*='this=']").await;
        desk.until_shown(TEXT).await;
        desk.press("r").await;
        desk.find("details.reject[open]").await;
        desk.press("3").await;
        desk.shoot("comment-refuse").await;
        decide(&desk, ENTER).await;
        desk.until_shown("没有要处理的评论了").await;
        desk.go(&format!("{}/desk/comments/list/hidden", server.url)).await;
        desk.until_shown(TEXT).await;
        desk.shoot("comment-hidden").await;
        desk.close().await;

        reader.go(&format!("{}{article}", server.url)).await;
        reader.find("#comments").await;
        assert!(!reader.text().await.contains(TEXT));
        let number = article.rsplit('/').next().unwrap().trim_end_matches(".html");
        reader.go(&format!("{}/comments/{number}", server.url)).await;
        reader.until_shown("有别人的个人信息").await;
        reader.shoot("comment-own").await;
        reader.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
    });
}

/// Presses a key once a comment has stood for long enough to be read.
async fn decide(desk: &Browser, key: &str) {
    desk.find(".decide[data-seen]").await;
    desk.press(key).await;
}

/// Finds an article, sends the form empty and then filled in; gives the article's path.
async fn write(server: &Server, reader: &mut Browser) -> String {
    reader.go(&format!("{}/articles", server.url)).await;
    reader.click("main a[href$='.html']").await;
    reader.find("form.comment-form").await;
    let article = reader.path().await;
    reader.click("form.comment-form button").await;
    reader.find("#name-problem").await;
    reader.shoot("comment-faults").await;
    reader.fill("#name", "惠州读者").await;
    reader.fill("#email", "reader@example.cn").await;
    reader.fill("#text", TEXT).await;
    reader.click("form.comment-form button").await;
    reader.until_shown("收到了，谢谢").await;
    reader.shoot("comment-waits").await;
    let said = reader.text().await;
    assert!(said.contains("等待审核") && !said.contains("reader@example.cn"), "{said}");
    article
}
