//! Pages stay light: UX.md §4.6, measured as a browser gets them.

use axum::body::Body;
use axum::http::Request;
use huizhi_domain::review::Opinion;

use super::{Browser, Says, Service};

const HTML: usize = 15 * 1024;
const CSS: usize = 12 * 1024;
const JS: usize = 10 * 1024;

async fn weigh(browser: &mut Browser, path: &str) -> (usize, String) {
    let plain = browser.get(path).await;
    let request = Request::get(path).header("host", "localhost:8080").header("accept-encoding", "gzip");
    let packed = browser.send(request.body(Body::empty()).unwrap()).await;
    assert!(plain.bytes.len() < 1000 || packed.headers["content-encoding"] == "gzip", "{path}");
    (packed.bytes.len(), plain.text())
}

#[tokio::test]
async fn no_page_weighs_more_than_its_budget() {
    let service = Service::new(Says::Review).await;
    let mut browser = service.browser();
    let (order, photo) = browser.prepare().await;
    let mut paths: Vec<String> = [
        "/",
        "/photo",
        "/photo/cn-resident-id/city",
        "/photo/cn-resident-id/city?q=%E5%B9%BF%E4%B8%9C",
        "/photo/cn-resident-id/guide?city=441300",
        "/photo/cn-resident-id/guide?city=310000",
        "/orders",
        "/messages",
        "/help",
        "/privacy",
        "/verify",
        "/what",
        "/what?who=mainland&business=id-first&home=elsewhere&age=10&day=2026-12-01",
        "/register",
        "/sign-in",
        "/sign-in/code",
        "/recover",
        "/outbox",
        "/visit",
        "/visit/notice",
        "/articles",
        "/en/articles",
        "/sfz/",
        "/search",
        "/search?q=%E7%85%A7%E7%89%87",
        "/nothing",
    ]
    .map(str::to_owned)
    .into();
    let of_order = |path: &str| format!("{order}{path}");
    paths.extend(["", "/take", "/photos", "/applicant?change=1", "/end/withdraw", "/end/delete"].map(of_order));
    paths.extend([of_order(&format!("/photo/{photo}")), of_order(&format!("/check?photo={photo}"))]);
    for path in &paths {
        check(&mut browser, path).await;
    }
    let fields = [("photo", photo.as_str()), ("kind", "medical")];
    browser.post(&of_order("/check"), &fields).await.to();
    service.review(Opinion::Accept).await;
    check(&mut browser, &of_order("/receipt")).await;
}

async fn check(browser: &mut Browser, path: &str) {
    let (html, text) = weigh(browser, path).await;
    assert!(text.contains("</html>"), "{path}: {text}");
    let (mut css, mut js) = (0, 0);
    for url in text.split('"').filter(|part| part.starts_with("/static/")) {
        match url.rsplit('.').next() {
            Some("css") => css += weigh(browser, url).await.0,
            Some("js") => js += weigh(browser, url).await.0,
            _ => {}
        }
    }
    assert!(html <= HTML && css <= CSS && js <= JS, "{path}: html {html}, css {css}, js {js}");
    assert!(css > 0 && js > 0, "{path}");
}
